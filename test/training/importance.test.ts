import { expect } from 'chai';
import { groupImportance } from '../../core/training/importance.js';

describe('groupImportance', () => {
  const columns = ['mfcc_0', 'mfcc_1', 'zcr'];
  const count = 200;
  const classes = Int32Array.from({ length: count }, (_, row) => row % 2);
  const rows = Float64Array.from({ length: count * 3 }, (_, index) =>
    index % 3 === 2 ? index : classes[Math.floor(index / 3)]!,
  );
  /** Right as long as both columns of the group say the same. */
  const predict = (values: Float64Array, size: number) =>
    Float32Array.from({ length: size * 2 }, (_, index) => {
      const row = Math.floor(index / 2);
      expect(values[row * 3]).to.equal(values[row * 3 + 1]);
      return values[row * 3] === index % 2 ? 1 : 0;
    });

  it('counts what is told of a column as its group', () => {
    const names = ['mfcc_0:mean', 'mfcc_1:sd', 'zcr'];
    const groups = groupImportance(predict, names, 2, rows, classes).map(({ group }) => group);
    expect(groups).to.deep.equal(['mfcc', 'zcr']);
  });

  it('finds half of the accuracy lost with the one group that tells two classes apart, and nothing with another', () => {
    const [mfcc, zcr] = groupImportance(predict, columns, 2, rows, classes);
    expect(mfcc).to.include({ group: 'mfcc', columns: 2 });
    expect(mfcc!.accuracyDrop).to.be.closeTo(0.5, 0.1);
    expect(zcr).to.deep.equal({ group: 'zcr', columns: 1, accuracyDrop: 0, deviation: 0 });
  });

  it('gives the same every time and leaves the rows as they are', () => {
    const before = rows.slice();
    expect(groupImportance(predict, columns, 2, rows, classes)).to.deep.equal(
      groupImportance(predict, columns, 2, rows, classes),
    );
    expect(rows).to.deep.equal(before);
  });
});
