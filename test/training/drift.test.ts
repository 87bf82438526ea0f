import { expect } from 'chai';
import fc from 'fast-check';
import { shareOutside } from '../../core/training/drift.js';
import { hashed } from './helpers.js';

describe('the drift of features', () => {
  it('is small for rows like those of before', () => {
    expect(shareOutside(hashed(0, 5000), hashed(9000, 1000), 10)).to.be.within(0.005, 0.05);
  });

  it('is 1 for rows that lie elsewhere altogether', () => {
    expect(
      shareOutside(
        hashed(0, 5000),
        hashed(0, 500).map((value) => value + 5),
        10,
      ),
    ).to.equal(1);
  });

  it('counts the columns that moved', () => {
    const moved = hashed(9000, 1000).map((value, index) => (index % 10 < 3 ? value + 5 : value));
    expect(shareOutside(hashed(0, 5000), moved, 10)).to.be.within(0.3, 0.35);
  });

  it('does not depend on units', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (unit) => {
        const inUnit = (rows: Float64Array) => rows.map((value) => value * unit);
        const [before, after] = [hashed(0, 500), hashed(600, 200)];
        expect(shareOutside(inUnit(before), inUnit(after), 5)).to.equal(shareOutside(before, after, 5));
      }),
    );
  });
});
