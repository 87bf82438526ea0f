import { readFileSync } from 'node:fs';
import { expect } from 'chai';

type Tuned<T> = { tuning: number } & T;

/** What tools/golden_features.py writes: librosa's values, frames first. */
export type Golden = {
  versions: Record<string, string>;
  signals: Record<string, { checksum: number; vector: number[] }>;
  /** Intermediate arrays of the signal `one second of speech`. */
  steps: {
    /** The frames of which whole spectra are kept. */
    frames: number[];
    magnitude: number[][];
    mel: number[][];
    mfcc: number[][];
    contrast: number[][];
    rolloff: number[];
    crossings: number[];
    semitones: { peaks: number; votes: number[] };
    thirds: { peaks: number; votes: number[] };
    chroma: number[][];
    constantQ: number[][];
    constantQChroma: number[][];
    tonnetz: number[][];
  };
  banks: {
    mel: { firstBin: number; weights: number[] }[];
    /** Rows 0, 1, 7 and 39. */
    dct: number[][];
    chroma: Tuned<{ everyTenthBin: number[][] }>[];
    constantQ: Tuned<{ rows: { firstBin: number; re: number[]; im: number[] }[] }>[];
  };
};

export const golden = JSON.parse(readFileSync(new URL('../golden/features.json', import.meta.url), 'utf8')) as Golden;

/** Asserts that two arrays agree within `tolerance` times the largest size in the second. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).to.equal(expected.length);
  const scale = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const worst = Array.from(expected).reduce(
    (found, value, i) =>
      Math.abs(actual[i]! - value) <= found.error ? found : { i, error: Math.abs(actual[i]! - value) },
    { i: -1, error: 0 },
  );
  expect(worst.error, `element ${worst.i}: ${actual[worst.i]} for ${expected[worst.i]}`).to.be.at.most(
    tolerance * scale,
  );
  expect(Array.from(actual).every(Number.isFinite), 'all finite').to.equal(true);
}
