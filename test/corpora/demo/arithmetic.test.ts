import { expect } from 'chai';
import fc from 'fast-check';
import { amplitudeOf, cosOfTurns, exp, exp2 } from '../../../core/corpora/demo/arithmetic.js';

const within = (low: number, high: number): fc.Arbitrary<number> => fc.double({ min: low, max: high, noNaN: true });

describe('arithmetic of the demo corpus', () => {
  it('agrees with the engine’s own exponential to 14 digits', () => {
    fc.assert(fc.property(within(-40, 40), (x) => void expect(exp(x) / Math.exp(x)).to.be.closeTo(1, 1e-14)));
    fc.assert(fc.property(within(-20, 20), (x) => void expect(exp2(x) / 2 ** x).to.be.closeTo(1, 1e-14)));
  });

  it('agrees with the engine’s own cosine to 14 decimals', () => {
    fc.assert(
      fc.property(within(-3, 3), (x) => void expect(cosOfTurns(x)).to.be.closeTo(Math.cos(2 * Math.PI * x), 1e-14)),
    );
  });

  it('is exact where it has to be', () => {
    expect([exp(0), cosOfTurns(0), cosOfTurns(0.5), cosOfTurns(1)]).to.deep.equal([1, 1, -1, 1]);
    expect(amplitudeOf(20)).to.be.closeTo(10, 1e-13);
  });
});
