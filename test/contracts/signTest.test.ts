import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { signTest } from '../../core/contracts/signTest.js';

const golden = JSON.parse(readFileSync(new URL('../golden/significance.json', import.meta.url), 'utf8')) as {
  mcnemar: { onlyFirst: number; onlySecond: number; p: number }[];
};

describe('signTest', () => {
  it('gives the binomial tail of textbook examples', () => {
    expect(signTest(1, 9)).to.be.closeTo(22 / 1024, 1e-12);
    expect(signTest(5, 5)).to.equal(1);
    expect(signTest(0, 0)).to.equal(1);
    expect(signTest(9, 21)).to.be.closeTo(0.0428, 1e-4);
  });

  it("gives McNemar's exact p as SciPy's binomial test does, also for thousands of disagreements", () => {
    for (const { onlyFirst, onlySecond, p } of golden.mcnemar) {
      expect(signTest(onlyFirst, onlySecond), `${onlyFirst} to ${onlySecond}`).to.be.closeTo(
        p,
        1e-10 * Math.max(p, 1e-4),
      );
    }
  });

  it('does not vanish for thousands of equal votes', () => {
    expect(signTest(3000, 3000)).to.equal(1);
    expect(signTest(3000, 2000)).to.be.below(1e-30);
  });
});
