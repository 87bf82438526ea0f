import { readFile } from 'node:fs/promises';
import type { DrawnChart } from './chart.js';
import { fontPath, FONT_FAMILY } from './fontMetrics.js';
import { html, trusted, type Content, type Html } from './html.js';
import { baseSheet, withSchemeColours } from './theme.js';

export type Section = [id: string, title: string, body: Html];

/** The figure of a chart by its name, with a remark under its title. */
export type Figures = (name: string, remark?: string) => Html;

/** What a page holds besides its frame. */
export type PageParts = {
  /** Of what is reported. */
  name: string;
  /** What sort of page it is. */
  eyebrow: string;
  /** The result in a sentence or two. */
  lead: string;
  warning: Html | undefined;
  sections: readonly Section[];
  footer: Content;
  /** Of the program. */
  version: string;
};

/** Allows what the page carries itself and nothing else: no script, nothing fetched. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'";

/** One HTML page that needs nothing beside it. */
export async function wholePage({
  name,
  eyebrow,
  lead,
  warning,
  sections,
  footer,
  version,
}: PageParts): Promise<string> {
  const style = await stylesheet();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="ser ${version}" />
        <title>${name} · speech emotion recognition</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <header>
          <p class="eyebrow">${eyebrow} · speech emotion recognition</p>
          <h1>${name}</h1>
          <p class="lead">${lead}</p>
          ${warning}
          <nav aria-label="Sections">
            <ul>
              ${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${sections.map(
            ([id, title, body]) =>
              html`<section id="${id}" aria-labelledby="${id}-heading">
                <h2 id="${id}-heading">${title}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <footer>${footer}</footer>
      </body>
    </html> `.markup;
}

export function figuresOf(charts: readonly DrawnChart[]): Figures {
  const byName = new Map(charts.map((chart) => [chart.name, chart]));
  return (name, remark) => {
    const chart = byName.get(name);
    if (chart === undefined) throw new RangeError(`no chart is called ${name}`);
    return html`<figure>
      <figcaption>${chart.title}${remark === undefined ? undefined : html`<span>${remark}</span>`}</figcaption>
      ${trusted(withSchemeColours(chart.svg))}
    </figure>`;
  };
}

async function stylesheet(): Promise<string> {
  const face = async (file: string, weight: number) => {
    const data = (await readFile(fontPath(file))).toString('base64');
    return `@font-face{font-family:${FONT_FAMILY};font-weight:${weight};src:url(data:font/woff2;base64,${data}) format('woff2')}`;
  };
  const [regular, semiBold, base, rules] = await Promise.all([
    face('Inter-Regular.woff2', 400),
    face('Inter-SemiBold.woff2', 600),
    baseSheet(),
    readFile(new URL('./page.css', import.meta.url), 'utf8'),
  ]);
  return `${regular}\n${semiBold}\n${base}\n${rules}`;
}

/** That nothing on a page is about people. */
export function syntheticWarning(): Html {
  return html`<p class="note loud">
    <strong>Synthetic demo data.</strong> No person speaks in these recordings: a program made them. The scores show
    that the pipeline works and say nothing about recognising emotion in speech.
  </p>`;
}
