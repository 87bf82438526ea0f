import { expect } from 'chai';
import { normaliseBySpeaker } from '../../core/training/speakerNormalisation.js';
import { noise } from './helpers.js';

const COLUMNS = 4;
const SPEAKERS = ['a', 'b', 'a', 'c', 'b', 'a', 'c', 'c', 'c'];

function momentsOf(rows: Float64Array, speaker: string, column: number): { mean: number; deviation: number } {
  const values = SPEAKERS.flatMap((name, row) => (name === speaker ? [rows[row * COLUMNS + column]!] : []));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('normalising by speaker', () => {
  const rows = noise(3, SPEAKERS.length * COLUMNS).map((value, index) => 100 * (index % COLUMNS) + 5 * value);

  it('gives every speaker mean 0 and deviation 1 in every column', () => {
    const normalised = normaliseBySpeaker(rows, COLUMNS, SPEAKERS);
    for (const speaker of ['a', 'b', 'c']) {
      for (let column = 0; column < COLUMNS; column++) {
        const { mean, deviation } = momentsOf(normalised, speaker, column);
        expect(mean).to.be.closeTo(0, 1e-12);
        expect(deviation).to.be.closeTo(1, 1e-12);
      }
    }
  });

  it('takes away what a speaker adds to and multiplies every recording by', () => {
    const louder = rows.map((value, index) => (SPEAKERS[Math.floor(index / COLUMNS)] === 'b' ? 3 * value + 7 : value));
    normaliseBySpeaker(louder, COLUMNS, SPEAKERS).forEach((value, index) => {
      expect(value).to.be.closeTo(normaliseBySpeaker(rows, COLUMNS, SPEAKERS)[index]!, 1e-9);
    });
  });

  it('makes a column 0 in which a speaker never differs', () => {
    const constant = rows.map((value, index) => (index % COLUMNS === 1 ? 4.2 : value));
    const normalised = normaliseBySpeaker(constant, COLUMNS, SPEAKERS);
    SPEAKERS.forEach((_, row) => expect(normalised[row * COLUMNS + 1]).to.be.closeTo(0, 1e-12));
  });

  it('refuses a speaker of one recording and recordings of nobody, saying what to do', () => {
    const lonely = SPEAKERS.with(0, 'd');
    expect(() => normaliseBySpeaker(rows, COLUMNS, lonely)).to.throw(/^d: has 1 recording, .* takes at least 2/);
    expect(() => normaliseBySpeaker(rows, COLUMNS, SPEAKERS.with(0, ''))).to.throw(/without a known speaker/);
  });

  it('refuses a hole in the features', () => {
    expect(() => normaliseBySpeaker(rows.with(5, Number.NaN), COLUMNS, SPEAKERS)).to.throw(
      /row 1 holds NaN in column 1/,
    );
  });
});
