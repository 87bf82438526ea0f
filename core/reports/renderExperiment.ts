import type { ExperimentReport } from '../contracts/report.js';
import { createChartRenderer, type DrawnChart } from './chart.js';
import { csvTable } from './csv.js';
import { experimentCharts, experimentFigures, experimentPage } from './experimentPage.js';

/**
 * Writes the report of an experiment: `report.html`, one page that needs nothing beside it; `report.json`, the results and
 * the figures computed from them; `predictions.csv`, every answer; `charts/NAME.svg` and `charts/NAME.png`.
 *
 * The same data give the same bytes on every machine.
 *
 * @returns the files by their paths relative to the report's folder
 */
export async function renderExperiment(data: ExperimentReport): Promise<Map<string, Uint8Array>> {
  const figures = experimentFigures(data);
  const draw = await createChartRenderer();
  const charts: DrawnChart[] = [];
  for (const chart of experimentCharts(data, figures)) charts.push(await draw(chart));
  const text = new TextEncoder();
  const json = `${JSON.stringify({ ...data, answers: undefined, figures }, null, 2)}\n`;
  return new Map([
    ['report.html', text.encode(await experimentPage(data, figures, charts))],
    ['report.json', text.encode(json)],
    ['predictions.csv', text.encode(answerTable(data))],
    ...charts.flatMap(({ name, svg, png }): [string, Uint8Array][] => [
      [`charts/${name}.svg`, text.encode(svg)],
      [`charts/${name}.png`, png],
    ]),
  ]);
}

/** Folds are counted from 1, as on the page. */
function answerTable({ answers, results }: ExperimentReport): string {
  const labels = results.metrics.labels.map((label) => `p_${label}`);
  return csvTable(
    ['seed', 'fold', 'path', 'corpus', 'speaker', 'sex', 'emotion', 'predicted', ...labels],
    answers.map(({ seed, fold, path, corpus, speaker, sex, emotion, predicted, probabilities }) => [
      ...[seed, fold === undefined ? '' : fold + 1, path, corpus, speaker, sex, emotion, predicted],
      ...probabilities,
    ]),
  );
}
