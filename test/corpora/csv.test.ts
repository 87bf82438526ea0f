import { expect } from 'chai';
import fc from 'fast-check';
import { parseCsv } from '../../core/corpora/csv.js';

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe('parseCsv', () => {
  it('reads what was written, whatever the fields hold', () => {
    const field = fc.stringMatching(/^[a"',;\r\n \ufeffé]{0,6}$/);
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), (table, newline, lastNewline) => {
        const text = table.map((row) => row.map(quoted).join(',')).join(newline) + (lastNewline ? newline : '');
        expect(parseCsv(text)).to.deep.equal(table);
      }),
    );
  });

  it('reads plain fields, a byte order mark, empty fields and empty lines', () => {
    expect(parseCsv('\uFEFFpath,emotion\r\n\r\na b.wav,\n,sad\n,')).to.deep.equal([
      ['path', 'emotion'],
      ['a b.wav', ''],
      ['', 'sad'],
      ['', ''],
    ]);
  });

  it('ends a quoted field with the text when its quote is missing', () => {
    expect(parseCsv('a,"b\nc')).to.deep.equal([['a', 'b\nc']]);
  });
});
