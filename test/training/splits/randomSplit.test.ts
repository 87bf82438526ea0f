import { expect } from 'chai';
import fc from 'fast-check';
import { SerError } from '../../../core/contracts/errors.js';
import type { Part, SplitRow } from '../../../core/contracts/utterance.js';
import { makeSplit } from '../../../core/training/splits/makeSplit.js';
import type { SplitFractions, SplitInput } from '../../../core/training/splits/recordings.js';
import { recordings } from '../helpers.js';

const RAVDESS = { angry: 96, calm: 96, disgust: 96, fear: 96, happy: 96, neutral: 48, sad: 96, surprise: 96 };

const splitRandom = (rows: SplitInput[], { seed, fractions }: { seed: number; fractions?: SplitFractions }) =>
  makeSplit(rows, { protocol: 'random', seed }, fractions);

function countOf(split: SplitRow[], part: Part, emotion?: string): number {
  return split.filter((row) => row.part === part && (emotion === undefined || row.emotion === emotion)).length;
}

function refusal(act: () => unknown): SerError {
  try {
    act();
  } catch (error) {
    if (error instanceof SerError) return error;
  }
  throw new Error('nothing was refused');
}

describe('the random split', () => {
  it('cuts 71.3, 13.2 and 15.5 % of all files', () => {
    const split = splitRandom(recordings(RAVDESS), { seed: 0 });
    expect([countOf(split, 'train'), countOf(split, 'validation'), countOf(split, 'test')]).to.deep.equal([
      513, 95, 112,
    ]);
  });

  it('gives every class its share of each part, to within one file', () => {
    const split = splitRandom(recordings(RAVDESS), { seed: 3 });
    for (const [emotion, count] of Object.entries(RAVDESS)) {
      expect(countOf(split, 'test', emotion)).to.be.within(Math.floor(count * 0.155), Math.ceil(count * 0.155));
      expect(countOf(split, 'validation', emotion)).to.be.within(Math.floor(count * 0.132), Math.ceil(count * 0.132));
    }
  });

  it('has each class of at least three files in every part, and each file in exactly one', () => {
    const size = fc.integer({ min: 3, max: 40 });
    fc.assert(
      fc.property(fc.record({ angry: size, calm: size, sad: size }), fc.nat(), (counts, seed) => {
        const split = splitRandom(recordings(counts), { seed });
        expect(new Set(split.map((row) => row.sha256)).size).to.equal(counts.angry + counts.calm + counts.sad);
        for (const emotion of Object.keys(counts)) {
          for (const part of ['train', 'validation', 'test'] as const) expect(countOf(split, part, emotion)).above(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('does not depend on the order of the catalogue', () => {
    const rows = recordings(RAVDESS);
    expect(splitRandom([...rows].reverse(), { seed: 5 })).to.deep.equal(splitRandom(rows, { seed: 5 }));
  });

  it('moves few files when the data grow, and many when the seed changes', () => {
    const before = splitRandom(recordings(RAVDESS), { seed: 1 });
    const moved = (after: SplitRow[]) => {
      const partOf = new Map(after.map((row) => [row.sha256, row.part]));
      return before.filter((row) => partOf.get(row.sha256) !== row.part).length;
    };
    expect(moved(splitRandom(recordings({ ...RAVDESS, neutral: 60 }), { seed: 1 }))).to.be.at.most(12);
    expect(moved(splitRandom(recordings(RAVDESS), { seed: 2 }))).to.be.above(200);
  });

  it('takes byte-identical files for one recording', () => {
    const rows = recordings(RAVDESS);
    expect(splitRandom([...rows, ...rows.slice(0, 50)], { seed: 1 })).to.deep.equal(splitRandom(rows, { seed: 1 }));
  });

  it('refuses a class of two files, naming the class, its count and what a split needs', () => {
    const error = refusal(() => splitRandom(recordings({ angry: 20, calm: 2 }), { seed: 0 }));
    expect(error.kind).to.equal('DataRefused');
    expect(error.message).to.match(/^calm: .*2 usable recordings.*at least 3/);
  });

  it('refuses a single class', () => {
    expect(refusal(() => splitRandom(recordings({ angry: 20 }), { seed: 0 })).message).to.contain('one class only');
  });

  it('refuses one recording under two labels', () => {
    const [first, ...others] = recordings(RAVDESS);
    const twice = [...others, { ...first!, emotion: 'angry' }, { ...first!, emotion: 'calm' }];
    expect(refusal(() => splitRandom(twice, { seed: 0 })).kind).to.equal('BadInput');
  });

  it('refuses fractions that do not add up', () => {
    const fractions = { train: 0.7, validation: 0.2, test: 0.2 };
    expect(refusal(() => splitRandom(recordings(RAVDESS), { seed: 0, fractions })).kind).to.equal('BadConfig');
  });
});
