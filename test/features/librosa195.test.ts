import { expect } from 'chai';
import fc from 'fast-check';
import { SerError } from '../../core/contracts/errors.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { golden } from './golden.js';
import { librosa195Plainly } from './oracle/librosa195.js';
import { signal, SIGNAL_NAMES } from './signals.js';

const extract = librosa195.createExtractor();

/** What a tenth of a percent of a column's deviation over real speech comes to, by group; mel powers are relative. */
const TOLERANCES: Record<string, number> = {
  mfcc: 2e-4,
  chroma: 2e-6,
  mel: 2e-6,
  contrast: 2e-5,
  tonnetz: 1e-4,
  zcr: 1e-9,
  rolloff: 1e-5,
};

function expectSameFeatures(actual: Float64Array, expected: ArrayLike<number>): void {
  expect(actual.length).to.equal(195);
  librosa195.columns.forEach((column, i) => {
    const group = column.replace(/_\d+$/, '');
    const value = expected[i]!;
    const tolerance = TOLERANCES[group]! * (group === 'mel' ? Math.max(Math.abs(value), 1e-6) : 1);
    expect(actual[i]!, column).to.be.closeTo(value, tolerance);
  });
}

describe('librosa195', () => {
  for (const name of SIGNAL_NAMES) {
    it(`has librosa's values for ${name}`, () => {
      const { samples, checksum } = signal(name);
      expect(checksum, 'the same signal as in Python').to.equal(golden.signals[name]!.checksum);
      expectSameFeatures(extract(samples), golden.signals[name]!.vector);
    });
  }

  it('equals its plain form on noise of any length and loudness', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        fc.integer({ min: -12, max: 3 }),
        fc.nat(),
        (n, loudness, seed) => {
          let state = seed;
          const samples = new Float32Array(n).map(() => {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            return (state / 2 ** 31 - 1) * 2 ** loudness;
          });
          expectSameFeatures(extract(samples), librosa195Plainly(samples));
        },
      ),
      { numRuns: 8, seed: 1 },
    );
  });

  it('gives the same bits whatever was extracted before, and by which instance', () => {
    const names = ['speech', '300 samples', 'noise', 'one sample', 'chirp'];
    const alone = new Map(names.map((name) => [name, librosa195.createExtractor()(signal(name).samples)]));
    for (const name of [...names, ...names.toReversed()]) {
      expect(extract(signal(name).samples), name).to.deep.equal(alone.get(name));
    }
  });

  it('leaves the samples it was given alone', () => {
    const { samples } = signal('2,049 samples');
    const before = samples.slice();
    extract(samples);
    expect(samples).to.deep.equal(before);
  });

  it('looks at the first three seconds only', () => {
    const { samples } = signal('four seconds');
    expect(extract(samples)).to.deep.equal(extract(samples.subarray(0, 3 * 22050)));
  });

  it('gives finite numbers for samples far beyond full scale and far below hearing', () => {
    const { samples } = signal('2,049 samples');
    for (const gain of [1e12, 32768, 1e-12, 1e-30]) {
      const vector = extract(samples.map((sample) => sample * gain));
      expect(vector.every(Number.isFinite), `gain ${gain}`).to.equal(true);
    }
  });

  for (const [what, samples] of [
    ['nothing', new Float32Array(0)],
    ['digital silence', new Float32Array(22050)],
    ['a sample that is not a number', Float32Array.of(0.1, NaN, 0.2)],
    ['an infinite sample', Float32Array.of(0.1, 0.2, 0.3, 0.4, -Infinity)],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => extract(samples))
        .to.throw(SerError)
        .with.property('kind', 'BadInput');
    });
  }
});
