import type { RecordingPicture, ReportData, TestedUtterance } from '../contracts/report.js';
import { createChartRenderer, type DrawnChart } from './chart.js';
import { reportCharts } from './charts/index.js';
import { csvTable } from './csv.js';
import { reportFigures, type ReportFigures } from './figures.js';
import { modelCard } from './modelCard.js';
import { samplesOf } from './originalCharts/audioSample.js';
import { originalCharts } from './originalCharts/index.js';
import { originalOutputs } from './originalOutputs.js';
import { reportPage } from './page.js';

/**
 * Writes a report: `report.html`, one page that needs nothing beside it; `report.json`, the data and the `figures`
 * computed from them; `model_card.md`; `predictions.csv`, every answer, where the data hold them; `charts/NAME.svg` and
 * `charts/NAME.png`; `outputs/` and `charts/NN_NAME.png`, the original project's tables and charts under its names.
 *
 * The same data give the same bytes on every machine.
 *
 * @param pictures of the recordings that {@link pictured} names; the charts of those left out are not drawn
 * @returns the files by their paths relative to the report's folder
 */
export async function renderReport(
  data: ReportData,
  pictures: readonly RecordingPicture[] = [],
): Promise<Map<string, Uint8Array>> {
  const figures = reportFigures(data);
  const draw = await createChartRenderer();
  const charts: DrawnChart[] = [];
  for (const chart of reportCharts(data, figures)) charts.push(await draw(chart));
  const originals: DrawnChart[] = [];
  for (const chart of originalCharts(data, figures, pictures)) originals.push(await draw(chart));
  const text = new TextEncoder();
  return new Map([
    ['report.html', text.encode(await reportPage(data, figures, charts))],
    ['report.json', text.encode(reportJson(data, figures))],
    ['model_card.md', text.encode(modelCard(data, figures))],
    ...predictions(data).map((table): [string, Uint8Array] => ['predictions.csv', text.encode(table)]),
    ...[...originalOutputs(data)].map(([name, table]): [string, Uint8Array] => [`outputs/${name}`, text.encode(table)]),
    ...charts.flatMap(({ name, svg, png }): [string, Uint8Array][] => [
      [`charts/${name}.svg`, text.encode(svg)],
      [`charts/${name}.png`, png],
    ]),
    ...originals.map(({ name, png }): [string, Uint8Array] => [`charts/${name}.png`, png]),
  ]);
}

/** The recordings of which a report wants a picture. */
export function pictured({ tested = [] }: ReportData): TestedUtterance[] {
  return samplesOf(tested);
}

/** The answers are left to their own table, which is a fraction of the size. */
function reportJson(data: ReportData, figures: ReportFigures): string {
  return `${JSON.stringify({ ...data, tested: undefined, figures }, null, 2)}
`;
}

function predictions({ tested, model }: ReportData): string[] {
  if (tested === undefined) return [];
  const header = [
    'path',
    'corpus',
    'speaker',
    'sex',
    'emotion',
    'predicted',
    ...model.labels.map((label) => `p_${label}`),
  ];
  const rows = tested.map(({ path, corpus, speaker, sex, emotion, predicted, probabilities }) => [
    path,
    corpus,
    speaker,
    sex,
    emotion,
    predicted,
    ...probabilities,
  ]);
  return [csvTable(header, rows)];
}
