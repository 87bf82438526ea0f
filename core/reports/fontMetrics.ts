import { readFileSync } from 'node:fs';

/** The family all charts are set in; its files lie in `fonts/`. */
export const FONT_FAMILY = 'Inter';

/** Paths of the font files a renderer without system fonts must load. */
export const FONT_FILES = ['Inter-Regular.ttf', 'Inter-SemiBold.ttf'].map(fontPath);

/** Where a file of the folder `fonts/` lies, from source as from `dist/`. */
export function fontPath(name: string): URL {
  return new URL(`./fonts/${name}`, import.meta.url);
}

/** Width of a text in units of its font size. */
export type TextWidth = (text: string) => number;

/** Reads the advance widths of a TrueType file; kerning is left out. */
export function textWidthOf(path: URL): TextWidth {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const unitsPerEm = view.getUint16(tableOffset(view, 'head') + 18);
  const measured = view.getUint16(tableOffset(view, 'hhea') + 34);
  const metrics = tableOffset(view, 'hmtx');
  const glyphOf = characterMap(view);
  const advance = (glyph: number) => view.getUint16(metrics + 4 * Math.min(glyph, measured - 1)) / unitsPerEm;
  return (text) => [...text].reduce((sum, character) => sum + advance(glyphOf(character.codePointAt(0) ?? 0)), 0);
}

function tableOffset(view: DataView, tag: string): number {
  for (let record = 12; record < 12 + 16 * view.getUint16(4); record += 16) {
    const name = String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(record + index)));
    if (name === tag) return view.getUint32(record + 8);
  }
  throw new RangeError(`the font has no table ${tag}`);
}

/** The segments of a `cmap` subtable of format 4, which all fonts of the basic plane have; glyph 0 for the rest. */
function characterMap(view: DataView): (codePoint: number) => number {
  const cmap = tableOffset(view, 'cmap');
  const subtables = Array.from(
    { length: view.getUint16(cmap + 2) },
    (_, index) => cmap + view.getUint32(cmap + 8 + 8 * index),
  );
  const table = subtables.find((offset) => view.getUint16(offset) === 4);
  if (table === undefined) throw new RangeError('the font has no character map of format 4');
  const doubled = view.getUint16(table + 6);
  const [ends, starts] = [table + 14, table + 16 + doubled];
  return (codePoint) => {
    for (let at = 0; at < doubled; at += 2) {
      if (codePoint > view.getUint16(ends + at)) continue;
      if (codePoint < view.getUint16(starts + at)) return 0;
      const delta = view.getUint16(starts + doubled + at);
      const rangeAt = starts + 2 * doubled + at;
      const range = view.getUint16(rangeAt);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = view.getUint16(rangeAt + range + 2 * (codePoint - view.getUint16(starts + at)));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
