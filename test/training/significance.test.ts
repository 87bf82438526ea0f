import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  bootstrapDifference,
  countDisagreement,
  macroF1,
  type PairedAnswers,
} from '../../core/training/significance.js';

type Golden = {
  answers: PairedAnswers;
  labels: number;
  macroF1: [number, number];
  interval: [number, number];
};

const golden = JSON.parse(readFileSync(new URL('../golden/significance.json', import.meta.url), 'utf8')) as Golden;

const answers = fc
  .integer({ min: 1, max: 40 })
  .chain((rows) => fc.record({ truth: column(rows), first: column(rows), second: column(rows) }));

function column(rows: number) {
  return fc.array(fc.integer({ min: 0, max: 3 }), { minLength: rows, maxLength: rows });
}

describe('significance', () => {
  it('gives macro F1 over the labels that occur as scikit-learn does', () => {
    const { truth, first, second } = golden.answers;
    expect(macroF1(truth, first, golden.labels)).to.be.closeTo(golden.macroF1[0], 1e-12);
    expect(macroF1(truth, second, golden.labels)).to.be.closeTo(golden.macroF1[1], 1e-12);
  });

  it('bounds a difference as 20,000 resamples drawn by NumPy do', () => {
    const { difference, low, high } = bootstrapDifference(golden.answers, golden.labels, { resamples: 4000 });
    expect(difference).to.be.closeTo(golden.macroF1[1] - golden.macroF1[0], 1e-12);
    expect(low).to.be.closeTo(golden.interval[0], 0.01);
    expect(high).to.be.closeTo(golden.interval[1], 0.01);
  });

  it('sees no difference between a model and itself', () => {
    const { truth, first } = golden.answers;
    expect(bootstrapDifference({ truth, first, second: first }, golden.labels)).to.deep.equal({
      difference: 0,
      low: 0,
      high: 0,
    });
    expect(countDisagreement({ truth, first, second: first })).to.deep.equal({ onlyFirst: 0, onlySecond: 0 });
  });

  it('turns round when the models change places', () => {
    fc.assert(
      fc.property(answers, ({ truth, first, second }) => {
        const there = bootstrapDifference({ truth, first, second }, 4, { resamples: 50 });
        const back = bootstrapDifference({ truth, first: second, second: first }, 4, { resamples: 50 });
        expect(back.difference).to.be.closeTo(-there.difference, 1e-12);
        expect(back.low).to.be.closeTo(-there.high, 1e-12);
        const { onlyFirst, onlySecond } = countDisagreement({ truth, first, second });
        expect(countDisagreement({ truth, first: second, second: first })).to.deep.equal({
          onlyFirst: onlySecond,
          onlySecond: onlyFirst,
        });
      }),
      { numRuns: 50 },
    );
  });
});
