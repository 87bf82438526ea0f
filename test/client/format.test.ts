import { expect } from 'chai';
import fc from 'fast-check';
import { csvLine, formatDuration } from '../../client/format.js';
import { parseCsv } from '../../core/corpora/csv.js';

describe('a duration', () => {
  it('is as exact as a person needs it', () => {
    const said = [0, 0.44, 9.94, 9.96, 59.4, 59.6, 185, 3599.7, 7800, 360_000].map(formatDuration);
    expect(said).to.deep.equal([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '1 h 00 min',
      '2 h 10 min',
      '100 h 00 min',
    ]);
  });

  it('never has sixty of anything', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        expect(formatDuration(seconds)).not.to.match(/\b60 /);
      }),
    );
  });
});

describe('a line of CSV', () => {
  it('is read back as its cells', () => {
    const cell = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a,b', 'say "no"', 'two\nlines', '"', ','));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), (cells) => {
        fc.pre(cells.every((one) => !one.includes('\r') && one.trim() !== ''));
        expect(parseCsv(`${csvLine(cells)}\n`)[0]).to.deep.equal(cells);
      }),
    );
  });

  it('writes numbers so that they are read back as they were', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(Object.is(Number(csvLine([number])), number === 0 ? 0 : number)).to.equal(true);
      }),
    );
  });
});
