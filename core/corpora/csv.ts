/**
 * Rows of a comma-separated table (RFC 4180): fields may be quoted, quotes are doubled within them, lines end with LF or
 * CRLF, a byte order mark is skipped, empty lines too.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < text.length) {
    const { value, end } = text[position] === '"' ? quotedField(text, position) : plainField(text, position);
    row.push(value);
    position = end;
    if (text[position] === ',') {
      position += 1;
      if (position < text.length) continue;
      row.push('');
    }
    if (text[position] === '\r') position += 1;
    position += 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

function plainField(text: string, start: number): { value: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end };
}

/** Reads up to the closing quote; what stands between it and the next separator is dropped. */
function quotedField(text: string, start: number): { value: string; end: number } {
  let value = '';
  let position = start + 1;
  for (;;) {
    const quote = text.indexOf('"', position);
    if (quote < 0) return { value: value + text.slice(position), end: text.length };
    value += text.slice(position, quote);
    position = quote + 1;
    if (text[position] !== '"') return { value, end: plainField(text, position).end };
    value += '"';
    position += 1;
  }
}
