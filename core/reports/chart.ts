import { fileURLToPath } from 'node:url';
import type { Config, TopLevelSpec } from 'vega-lite';
import { FONT_FAMILY, FONT_FILES, textWidthOf } from './fontMetrics.js';
import { escapeText } from './html.js';
import { COLOURS } from './theme.js';

/** A chart before it is drawn. */
export type Chart = {
  /** Of its files, and of the identifiers in its SVG. */
  name: string;
  title: string;
  /** What it shows, for those who cannot see it. */
  description: string;
  spec: TopLevelSpec;
};

export type DrawnChart = { name: string; title: string; description: string; svg: string; png: Uint8Array };

/** Pixels of the PNG per unit of the SVG, for sharp pictures on dense screens and in papers. */
const PNG_SCALE = 2;

const CONFIG: Config = {
  background: COLOURS.surface,
  font: `${FONT_FAMILY}, system-ui, sans-serif`,
  padding: 4,
  aria: false,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    gridColor: COLOURS.grid,
    labelColor: COLOURS.ink,
    labelFontSize: 11,
    labelPadding: 6,
    labelLimit: 150,
    labelFlush: false,
    titleColor: COLOURS.muted,
    titleFontSize: 11,
    titleFontWeight: 400,
    titlePadding: 8,
  },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    title: null,
    labelColor: COLOURS.ink,
    labelFontSize: 11,
    labelLimit: 150,
    symbolSize: 70,
    offset: 8,
    columnPadding: 14,
  },
  text: { color: COLOURS.ink, fontSize: 11 },
  title: { color: COLOURS.ink, fontSize: 13, fontWeight: 600, anchor: 'start', offset: 10 },
};

/** Draws a chart as SVG and PNG. The same chart gives the same bytes, on every machine. */
export type DrawChart = (chart: Chart) => Promise<DrawnChart>;

/** Loads the chart libraries, which nothing but a report needs, and returns the function that uses them. */
export async function createChartRenderer(): Promise<DrawChart> {
  const [vega, vegaLite, { Resvg }] = await Promise.all([
    import('vega'),
    import('vega-lite'),
    import('@resvg/resvg-js'),
  ]);
  measureTextByFont(vega);
  const fontFiles = FONT_FILES.map((file) => fileURLToPath(file));
  return async ({ name, title, description, spec }) => {
    vega.resetSVGDefIds();
    const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: CONFIG }).spec), { renderer: 'none' });
    const drawn = await view.toSVG();
    view.finalize();
    const svg = accessibleSvg(withoutRoles(drawn), name, title, description);
    const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: FONT_FAMILY };
    const png = new Resvg(svg, { fitTo: { mode: 'zoom', value: PNG_SCALE }, font }).render().asPng();
    return { name, title, description, svg, png: new Uint8Array(png) };
  };
}

/**
 * What Vega asks for the width of a text; without a canvas it guesses, far too wide, and leaves gaps beside labels.
 * Text over its limit (in pixels) is cut when it is drawn.
 */
type TextItem = { fontSize?: number; fontWeight?: string | number; limit?: number };
type TextMetrics = {
  width: (item: TextItem, text: unknown) => number;
};

function measureTextByFont(vega: object): void {
  const [regular, semiBold] = FONT_FILES.map(textWidthOf);
  const { textMetrics } = vega as { textMetrics: TextMetrics };
  textMetrics.width = ({ fontSize = 11, fontWeight, limit = 0 }, text) => {
    const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
    const width = bold ? semiBold : regular;
    const points =
      fontSize * (width?.(typeof text === 'number' ? String(text) : typeof text === 'string' ? text : '') ?? 0);
    return limit > 0 ? Math.min(points, limit) : points;
  };
}

/** Vega gives every group of marks a role without a name; the picture has one role and one description. */
function withoutRoles(svg: string): string {
  return svg.replace(/<(?:g|path|text|line|rect)\b[^>]*>/g, (tag) =>
    tag.replace(/ (?:role|aria-roledescription)="[^"]*"/g, ''),
  );
}

/** Names the picture for assistive technology, and its identifiers so that several charts can share a page. */
function accessibleSvg(svg: string, name: string, title: string, description: string): string {
  const labels = `<title id="${name}-title">${escapeText(title)}</title><desc id="${name}-desc">${escapeText(description)}</desc>`;
  return svg
    .replace(/\bid="((?:clip|gradient_)[^"]*)"/g, `id="${name}-$1"`)
    .replace(/url\(#((?:clip|gradient_)[^)]*)\)/g, `url(#${name}-$1)`)
    .replace(
      /^<svg([^>]*)>/,
      (_, attributes: string) =>
        `<svg${attributes} role="img" aria-labelledby="${name}-title" aria-describedby="${name}-desc">${labels}`,
    );
}
