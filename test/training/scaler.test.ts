import { expect } from 'chai';
import { fitScaler, scaleRows } from '../../core/training/scaler.js';
import { golden } from './helpers.js';

type Case = { rows: number[]; columns: number; mean: number[]; scale: number[]; scaled: number[] };

describe('the scaler', () => {
  const expected = golden<Case>('scaler');
  const rows = Float64Array.from(expected.rows);
  const all = Array.from({ length: rows.length / expected.columns }, (_, index) => index);

  it('is the StandardScaler of scikit-learn, also on a constant, a tiny and a far-off column', () => {
    const scaler = fitScaler(rows, expected.columns, all);
    scaler.mean.forEach((value, column) => {
      expect(value).to.be.closeTo(expected.mean[column]!, 1e-12 * Math.abs(expected.mean[column]!));
    });
    scaler.scale.forEach((value, column) => {
      expect(value / expected.scale[column]!).to.be.closeTo(1, 1e-9);
    });
    scaleRows(scaler, rows).forEach((value, index) => {
      expect(value).to.be.closeTo(expected.scaled[index]!, 1e-6);
    });
  });

  it('looks at the given rows only', () => {
    const half = all.slice(0, 6);
    const other = Float64Array.from(rows, (value, index) => (index < 6 * expected.columns ? value : 1e9));
    expect(fitScaler(rows, expected.columns, half)).to.deep.equal(fitScaler(other, expected.columns, half));
  });

  it('keeps the order it is asked for', () => {
    const scaler = { mean: [1, 2], scale: [2, 4] };
    expect([...scaleRows(scaler, Float64Array.of(1, 2, 3, 6), [1, 0])]).to.deep.equal([1, 1, 0, 0]);
  });

  it('refuses a value that is not finite, by row and column', () => {
    expect(() => fitScaler(Float64Array.of(1, 2, NaN, 4), 2, [0, 1])).to.throw('row 1 holds NaN in column 0');
  });
});
