import { expect } from 'chai';
import fc from 'fast-check';
import { formatRanges, parseRanges } from '../../core/contracts/ranges.js';

const ascending = fc
  .uniqueArray(fc.nat(5000), { maxLength: 300 })
  .map((numbers) => numbers.sort((left, right) => left - right));

describe('ranges', () => {
  it('are written as short as people would', () => {
    expect(formatRanges([0, 1, 2, 5])).to.equal('0-2,5');
    expect(formatRanges([7])).to.equal('7');
    expect(formatRanges([])).to.equal('');
    expect(formatRanges(Array.from({ length: 190 }, (_, index) => index))).to.equal('0-189');
  });

  it('are read back as the numbers they were written from', () => {
    fc.assert(
      fc.property(ascending, (numbers) => {
        expect(parseRanges(formatRanges(numbers))).to.deep.equal(numbers);
      }),
    );
  });

  it('have one text for one set of numbers', () => {
    fc.assert(
      fc.property(ascending, (numbers) => {
        const text = formatRanges(numbers);
        expect(formatRanges(parseRanges(text))).to.equal(text);
      }),
    );
  });
});
