import { readFile } from 'node:fs/promises';
import type { ChampionScores, ReportData } from '../contracts/report.js';
import type { GroupImportance } from '../contracts/training.js';
import type { DrawnChart } from './chart.js';
import type { ReportFigures } from './figures.js';
import { fontPath, FONT_FAMILY } from './fontMetrics.js';
import { formatDuration, formatNumberOf, formatPercent, formatShare } from './format.js';
import { html, trusted, type Html } from './html.js';
import { answersSection } from './sections/answers.js';
import { caveatsSection } from './sections/caveats.js';
import { championSection } from './sections/champion.js';
import { comparisonSection } from './sections/comparison.js';
import { dataSection } from './sections/data.js';
import { classesSection, resultsSection } from './sections/results.js';
import { importanceSection } from './sections/importance.js';
import { setupSection } from './sections/setup.js';
import { trainingSection } from './sections/training.js';
import type { TestedFigures } from './testedFigures.js';
import { COLOUR_CSS, withSchemeColours } from './theme.js';

type Section = [id: string, title: string, body: Html];

/** The figure of a chart by its name, with a remark under its title. */
export type Figures = (name: string, remark?: string) => Html;

/** Allows what the page carries itself and nothing else: no script, nothing fetched. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'";

/** The whole report as one HTML page that needs nothing beside it. */
export async function reportPage(
  data: ReportData,
  figures: ReportFigures,
  charts: readonly DrawnChart[],
): Promise<string> {
  const style = await stylesheet();
  const figure = figuresOf(charts);
  const answers = (tested: TestedFigures): Section => [
    'answers',
    'Confidence and groups',
    answersSection(tested, figure),
  ];
  const importance = (groups: GroupImportance[]): Section => [
    'features',
    'Feature groups',
    importanceSection(groups, figure),
  ];
  const champion = (scores: ChampionScores): Section => [
    'champion',
    'Against the champion',
    championSection(data, scores),
  ];
  const sections: Section[] = [
    ['results', 'Results', resultsSection(data, figures)],
    ['classes', 'By class', classesSection(data, figures, figure)],
    ...(figures.tested === undefined ? [] : [answers(figures.tested)]),
    ...(data.importance === undefined ? [] : [importance(data.importance)]),
    ...(data.champion === undefined ? [] : [champion(data.champion)]),
    ['original', 'Against the original', comparisonSection(data, figures)],
    ['training', 'Training', trainingSection(data, figures, figure)],
    ['data', 'Data', dataSection(data, figures, figure)],
    ['caveats', 'Caveats', caveatsSection(data, figures)],
    ['setup', 'Configuration and lineage', setupSection(data, figures)],
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="ser ${data.version}" />
        <title>${data.config.name} · speech emotion recognition</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <header>
          <p class="eyebrow">Training report · speech emotion recognition</p>
          <h1>${data.config.name}</h1>
          <p class="lead">${summary(data, figures)}</p>
          ${syntheticWarning(data)}
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
        <footer>
          Written by ser ${data.version}. Beside this page: its numbers in full (<code>report.json</code>), a model card
          (<code>model_card.md</code>), charts as SVG and PNG (<code>charts/</code>), and tables under the names and
          headers of the original (<code>outputs/</code>).
        </footer>
      </body>
    </html> `.markup;
}

function summary({ metrics, model, catalogue }: ReportData, { accuracyInterval, majority }: ReportFigures): string {
  const { corpora, utterances, synthetic } = model.trainedOn;
  const trained = formatNumberOf(utterances.train, synthetic ? 'synthetic recording' : 'recording');
  const hours = formatDuration(catalogue.hours * 3600);
  const { low, high } = accuracyInterval;
  return `Trained on ${trained} of ${corpora.join(', ')} (${hours} in all three parts), the model names the emotion of ${formatPercent(metrics.accuracy)} of ${formatNumberOf(metrics.count, 'test recording')}; 95 % interval ${formatShare(low, 1)} to ${formatPercent(high)}. Always answering “${majority.label}” would be right in ${formatPercent(majority.share)}.`;
}

function syntheticWarning({ model }: ReportData): Html | undefined {
  if (!model.trainedOn.synthetic) return undefined;
  return html`<p class="note loud">
    <strong>Synthetic demo data.</strong> No person speaks in these recordings: a program made them. The scores show
    that the pipeline works and say nothing about recognising emotion in speech.
  </p>`;
}

function figuresOf(charts: readonly DrawnChart[]): Figures {
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
  const [regular, semiBold, rules] = await Promise.all([
    face('Inter-Regular.woff2', 400),
    face('Inter-SemiBold.woff2', 600),
    readFile(new URL('./page.css', import.meta.url), 'utf8'),
  ]);
  return `${regular}\n${semiBold}\n${COLOUR_CSS}\n${rules}`;
}
