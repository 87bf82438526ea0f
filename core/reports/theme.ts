import { readFile } from 'node:fs/promises';

/**
 * The colours of pages and charts, by what they are for. Series colours are those of Okabe and Ito (2008), which stay
 * apart under the common colour-vision deficiencies. Charts are drawn with the light values; each value is used for
 * one purpose only, so that the page can exchange it for a custom property and follow the reader's scheme.
 */
const LIGHT = {
  surface: '#ffffff',
  ink: '#1a1f25',
  muted: '#59626c',
  grid: '#e2e5e9',
  axis: '#aab1ba',
  cell: '#053a72',
  onFaintCell: '#020202',
  onDeepCell: '#fefefe',
  series1: '#0072b2',
  series2: '#d55e00',
  series3: '#009e73',
  series4: '#cc79a7',
  series5: '#e69f00',
  series6: '#56b4e9',
  other: '#848c95',
};

export type Colour = keyof typeof LIGHT;

const DARK: Record<Colour, string> = {
  surface: '#11151a',
  ink: '#e6e9ed',
  muted: '#9ba5b0',
  grid: '#29303a',
  axis: '#4b545f',
  cell: '#64a9ee',
  onFaintCell: '#ffffff',
  onDeepCell: '#000000',
  series1: '#4aa3df',
  series2: '#f08a4b',
  series3: '#2fc197',
  series4: '#e09cc3',
  series5: '#f0bb45',
  series6: '#8fd0f7',
  other: '#808a95',
};

/** The light values, with which charts are drawn. */
export const COLOURS: Readonly<Record<Colour, string>> = LIGHT;

/** A share of a row above this needs the text colour for deep cells; it keeps a contrast of 4.5:1 in both schemes. */
export const DEEP_CELL_SHARE = 0.68;

const SERIES = ['series1', 'series2', 'series3', 'series4', 'series5', 'series6'] as const;

/** One colour for each of the names, in order; from the seventh on they share a grey. */
export function seriesColours(names: readonly string[]): string[] {
  return names.map((_, index) => LIGHT[SERIES[index] ?? 'other']);
}

const entries = Object.entries(LIGHT) as [Colour, string][];
const declarations = (values: Record<Colour, string>) => entries.map(([name]) => `--${name}:${values[name]}`).join(';');

/** The custom properties of both schemes; paper is always light. */
export const COLOUR_CSS =
  `:root{color-scheme:light dark;${declarations(LIGHT)}}` +
  `@media screen and (prefers-color-scheme:dark){:root{${declarations(DARK)}}}`;

/** The rules that all pages share, in the colours of both schemes; a page's own ones come after them. */
export async function baseSheet(): Promise<string> {
  return `${COLOUR_CSS}\n${await readFile(new URL('./base.css', import.meta.url), 'utf8')}`;
}

/** Exchanges the values a chart was drawn with for the custom properties of the page. */
export function withSchemeColours(svg: string): string {
  return entries.reduce((text, [name, value]) => text.replaceAll(`"${value}"`, `"var(--${name})"`), svg);
}
