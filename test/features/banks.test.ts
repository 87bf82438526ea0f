import { expect } from 'chai';
import { chromaBank } from '../../core/features/chromaBank.js';
import { constantQFilters } from '../../core/features/constantQFilters.js';
import { contrastBands } from '../../core/features/contrastBands.js';
import { melBank } from '../../core/features/melBank.js';
import { cosineTransform, project, tonalCentroids } from '../../core/features/projections.js';
import { expectClose, golden } from './golden.js';
import { fourTransforms } from './oracle/librosa195.js';

describe('banks of librosa195', () => {
  it('have the mel bands of librosa.filters.mel', () => {
    const bank = melBank(22050, 2048, 128);
    golden.banks.mel.forEach((row, band) => {
      expect(bank[band]!.firstBin, `band ${band}`).to.equal(row.firstBin);
      expectClose(bank[band]!.weights, row.weights, 1e-6);
    });
  });

  it('have the cosine transform of scipy.fft.dct', () => {
    const matrix = cosineTransform(40, 128);
    [0, 1, 7, 39].forEach((row, i) => {
      expectClose(matrix.subarray(row * 128, (row + 1) * 128), golden.banks.dct[i]!, 1e-8);
    });
  });

  for (const { tuning, everyTenthBin } of golden.banks.chroma) {
    it(`have the pitch classes of librosa.filters.chroma at tuning ${tuning}`, () => {
      const bank = chromaBank(22050, 2048, tuning);
      everyTenthBin.forEach((weights, i) => {
        expectClose(bank.subarray(i * 120, i * 120 + 12), weights, 1e-6);
      });
    });
  }

  for (const { tuning, rows } of golden.banks.constantQ) {
    it(`have the sparse filters of librosa.vqt at tuning ${tuning}`, () => {
      const filters = constantQFilters(22050, tuning, fourTransforms);
      rows.forEach(({ firstBin, re, im }, row) => {
        const { weights } = filters[row]!;
        expect(filters[row]!.firstBin, `filter ${row}`).to.equal(firstBin);
        expectClose(
          weights.filter((_, i) => i % 2 === 0),
          re,
          2e-5,
        );
        expectClose(
          weights.filter((_, i) => i % 2 === 1),
          im,
          2e-5,
        );
      });
    });
  }

  it('cut the spectrum for the contrast where librosa does', () => {
    const bands = contrastBands(22050, 2048);
    expect(bands.map(({ firstBin }) => firstBin)).to.deep.equal([0, 18, 37, 74, 148, 297, 594]);
    expect(bands.at(-1)!.firstBin + bands.at(-1)!.bins).to.equal(1025);
  });

  it('place a pitch class, its fifth and its major third on the tonal circles', () => {
    const [fifthSin, fifthCos, , , thirdSin, thirdCos] = project(
      tonalCentroids(),
      Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    );
    expect(fifthSin).to.be.closeTo(0, 1e-12);
    expect(fifthCos).to.be.closeTo(1, 1e-12);
    expect(thirdSin).to.be.closeTo(0, 1e-12);
    expect(thirdCos).to.be.closeTo(0.5, 1e-12);
  });
});
