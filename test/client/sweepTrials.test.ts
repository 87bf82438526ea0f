import { expect } from 'chai';
import fc from 'fast-check';
import { drawTrials, type SweepRange } from '../../client/sweepTrials.js';
import { failureOf } from '../support/failureOf.js';

const range = (min: number, max: number, change: Partial<SweepRange> = {}): SweepRange => ({
  ...{ min, max, scale: 'linear', whole: false },
  ...change,
});

/** Values of a single range, drawn. */
const numbersOf = (choices: SweepRange, trials: number, seed: number) =>
  drawTrials({ only: choices }, trials, seed)!.options['only'] as number[];

describe('the trials that are drawn from ranges', () => {
  it('lie within them, are so many, and are all places of the grid of their values', () => {
    const space = { rate: range(1e-5, 1, { scale: 'log' }), units: range(1, 500, { whole: true }), sort: ['a', 'b'] };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, trials) => {
        const { options, points } = drawTrials(space, trials, seed)!;
        expect(new Set(points).size).to.equal(trials);
        expect(points).to.deep.equal(points.toSorted((a, b) => a - b));
        const size = Object.values(options).reduce((product, values) => product * values.length, 1);
        expect(points.at(-1)).to.be.below(size);
        for (const rate of options['rate'] as number[]) expect(rate).to.be.within(1e-5, 1);
        for (const units of options['units'] as number[])
          expect(units).to.be.within(1, 500).and.satisfy(Number.isInteger);
        expect(options['sort']).to.equal(space.sort);
      }),
    );
  });

  it('are spread evenly over distances, or over factors where the scale is logarithmic', () => {
    const below = (numbers: number[], bound: number) =>
      numbers.filter((number) => number < bound).length / numbers.length;
    expect(below(numbersOf(range(0, 1), 500, 1), 0.5)).to.be.closeTo(0.5, 0.1);
    expect(below(numbersOf(range(1e-4, 1, { scale: 'log' }), 500, 1), 1e-2)).to.be.closeTo(0.5, 0.1);
  });

  it('reach every whole number from the first to the last', () => {
    for (const scale of ['linear', 'log'] as const) {
      expect(numbersOf(range(1, 12, { whole: true, scale }), 12, 0)).to.deep.equal(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
    }
  });

  it('are none where the range does not hold so many', () => {
    expect(drawTrials({ epochs: range(1, 3, { whole: true }) }, 4, 0)).to.equal(undefined);
    expect(drawTrials({ rate: range(0.1, 0.10001) }, 4, 0)).to.equal(undefined);
  });

  it('are refused with the figure where a number cannot tell their places apart', async () => {
    const options = ['a', 'b', 'c', 'd', 'e', 'f'];
    const space = Object.fromEntries(options.map((name) => [name, range(0, 1)]));
    const { what, kind } = await failureOf(() => drawTrials(space, 500, 0));
    expect(kind).to.equal('BadConfig');
    expect(what).to.match(/^500 trials make a grid of 1\.\d\de\+16 combinations, and it takes 9007199254740991:/);
    const fewer = Object.fromEntries(options.slice(1).map((name) => [name, range(0, 1)]));
    const { points } = drawTrials(fewer, 500, 0)!;
    expect(points.every(Number.isSafeInteger)).to.equal(true);
  });
});
