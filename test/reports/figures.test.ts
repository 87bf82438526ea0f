import { expect } from 'chai';
import fc from 'fast-check';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import { parametersOf, reportFigures } from '../../core/reports/figures.js';
import { wilsonInterval } from '../../core/reports/interval.js';
import { realisticReport } from './fakeReport.js';

describe('reportFigures', () => {
  it('counts the original network’s 277,192 weights', () => {
    expect(parametersOf(195, ORIGINAL_TRAINING.layers, 8)).to.equal(277_192);
  });

  it('gives the Wilson interval of textbook examples', () => {
    const { low, high } = wilsonInterval(0.5, 10);
    expect(low).to.be.closeTo(0.2366, 5e-5);
    expect(high).to.be.closeTo(0.7634, 5e-5);
    expect(wilsonInterval(0, 20).high).to.be.closeTo(0.1611, 5e-5);
    expect(wilsonInterval(Number.NaN, 0)).to.deep.equal({ low: 0, high: 1 });
  });

  it('gives intervals that hold the share and shrink with more recordings', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 100_000 }), (seen, count) => {
        const { low, high } = wilsonInterval(seen, count);
        const wider = wilsonInterval(seen, Math.ceil(count / 2));
        expect(low).to.be.within(0, seen + 1e-12);
        expect(high).to.be.within(seen - 1e-12, 1);
        expect(high - low).to.be.at.most(wider.high - wider.low + 1e-12);
      }),
    );
  });

  it('sums parts, corpora and emotions to the same recordings', () => {
    const data = realisticReport();
    const { parts, corpora, emotions } = reportFigures(data);
    expect(parts.train + parts.validation + parts.test).to.equal(data.catalogue.usable);
    expect(corpora.reduce((sum, { count }) => sum + count, 0)).to.equal(data.catalogue.usable);
    expect(emotions.reduce((sum, { count }) => sum + count, 0)).to.equal(data.catalogue.usable);
    expect(corpora.map(({ corpus }) => corpus)).to.deep.equal(['RAVDESS', 'TESS']);
  });

  it('ranks confusions by their share of the true class and leaves the diagonal out', () => {
    const data = realisticReport();
    data.metrics.labels = ['calm', 'sad', 'happy'];
    data.metrics.confusion = [
      [0, 1, 1],
      [30, 70, 0],
      [0, 9, 91],
    ];
    expect(
      reportFigures(data).confusions.map(({ truth, predicted, share }) => [truth, predicted, share]),
    ).to.deep.equal([
      ['calm', 'sad', 0.5],
      ['calm', 'happy', 0.5],
      ['sad', 'calm', 0.3],
      ['happy', 'sad', 0.09],
    ]);
  });

  it('finds the epochs at which the learning rate was lowered', () => {
    expect(reportFigures(realisticReport()).rateDrops).to.deep.equal([16, 31]);
  });

  it('names every difference from the original', () => {
    const data = realisticReport();
    data.config.split.protocol = 'speaker';
    data.model.featureSet.name = 'meyda';
    data.metrics.labels = data.metrics.labels.slice(1);
    expect(reportFigures(data).differencesFromOriginal.join('; '))
      .to.include('CREMA-D, SAVEE are missing')
      .and.include('instead of 12,162')
      .and.include('not heard in training')
      .and.include('meyda')
      .and.include('does not know angry');
  });
});
