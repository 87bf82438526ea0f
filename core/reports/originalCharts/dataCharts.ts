import type { TopLevelSpec } from 'vega-lite';
import type { ReportData } from '../../contracts/report.js';
import type { Chart } from '../chart.js';
import { formatCount, formatPercent } from '../format.js';
import { datasetName } from '../originalOutputs.js';
import { COLOURS, seriesColours } from '../theme.js';

type Row = { emotion: string; dataset: string; count: number };

const WIDTH = 420;
const HEIGHT = 280;

/** What the original drew of its recordings: 01 to 05, and 11. */
export function dataCharts({ counts, metrics }: ReportData): Chart[] {
  const rows = totals(counts.map(({ corpus, emotion, count }) => ({ dataset: datasetName(corpus), emotion, count })));
  const emotions = [...new Set([...metrics.labels, ...rows.map(({ emotion }) => emotion)])];
  const datasets = [...new Set(rows.map(({ dataset }) => dataset))];
  const byEmotion = sums(rows, 'emotion', emotions);
  const tested = metrics.perClass.map(({ label, support }) => ({ name: label, count: support }));
  return [
    chart('01_emotion_distribution', 'Recordings by emotion', byEmotion, barSpec(byEmotion, 'emotion', 'recordings')),
    pieChart(sums(rows, 'dataset', datasets)),
    chart(
      '03_emotion_by_dataset_stacked',
      'Recordings by emotion and dataset',
      byEmotion,
      stackedSpec(rows, emotions, datasets),
    ),
    chart(
      '04_emotion_dataset_heatmap',
      'Recordings by dataset and emotion',
      byEmotion,
      heatmapSpec(rows, emotions, datasets),
    ),
    chart(
      '05_emotion_by_dataset_grouped',
      'Recordings by emotion, dataset beside dataset',
      byEmotion,
      groupedSpec(rows, emotions, datasets),
    ),
    chart(
      '11_test_set_distribution',
      'Recordings of the test set by emotion',
      tested,
      barSpec(tested, 'emotion', 'recordings'),
    ),
  ];
}

function totals(rows: readonly Row[]): Row[] {
  const found = new Map<string, Row>();
  for (const { emotion, dataset, count } of rows) {
    const key = JSON.stringify([dataset, emotion]);
    found.set(key, { emotion, dataset, count: (found.get(key)?.count ?? 0) + count });
  }
  return [...found.values()];
}

type Total = { name: string; count: number };

function sums(rows: readonly Row[], field: 'emotion' | 'dataset', names: readonly string[]): Total[] {
  return names.map((name) => ({
    name,
    count: rows.filter((row) => row[field] === name).reduce((sum, { count }) => sum + count, 0),
  }));
}

function chart(name: string, title: string, totals: readonly Total[], spec: object): Chart {
  const description = totals.map(({ name: label, count }) => `${label} ${formatCount(count)}`).join(', ');
  return { name, title, description: `${description}.`, spec: { title, ...spec } as TopLevelSpec };
}

/** Upright bars with their values on top. */
export function barSpec(values: readonly Total[], x: string, y: string, domain?: [number, number], digits = 0): object {
  const labelled = values.map(({ name, count }) => ({ name, count, label: count.toFixed(digits) }));
  return {
    data: { values: labelled },
    width: WIDTH,
    height: HEIGHT,
    encoding: {
      x: { field: 'name', type: 'nominal', sort: values.map(({ name }) => name), axis: { title: x, labelAngle: -35 } },
      y: {
        field: 'count',
        type: 'quantitative',
        axis: { title: y, tickCount: 5 },
        ...(domain && { scale: { domain } }),
      },
    },
    layer: [
      { mark: { type: 'bar', width: { band: 0.7 }, color: COLOURS.series1 } },
      {
        mark: { type: 'text', baseline: 'bottom', dy: -3, color: COLOURS.muted },
        encoding: { text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

function pieChart(datasets: readonly Total[]): Chart {
  const all = datasets.reduce((sum, { count }) => sum + count, 0);
  const names = datasets.map(({ name }) => name);
  const values = datasets.map(({ name, count }) => ({
    name,
    count,
    label: `${name}: ${formatCount(count)} (${formatPercent(count / all)})`,
  }));
  return chart('02_dataset_distribution_pie', 'Recordings by dataset', datasets, {
    data: { values },
    width: HEIGHT,
    height: HEIGHT,
    mark: { type: 'arc', stroke: COLOURS.surface, strokeWidth: 2 },
    encoding: {
      theta: { field: 'count', type: 'quantitative' },
      order: { field: 'name', sort: 'ascending' },
      color: {
        field: 'label',
        type: 'nominal',
        scale: { domain: values.map(({ label }) => label), range: seriesColours(names) },
        legend: { orient: 'right', direction: 'vertical', labelLimit: 300 },
      },
    },
  });
}

function datasetColour(datasets: readonly string[]) {
  return {
    field: 'dataset',
    type: 'nominal',
    scale: { domain: datasets, range: seriesColours(datasets) },
  };
}

function stackedSpec(rows: readonly Row[], emotions: readonly string[], datasets: readonly string[]): object {
  return {
    data: { values: rows },
    width: WIDTH,
    height: HEIGHT,
    mark: { type: 'bar', width: { band: 0.7 } },
    encoding: {
      x: { field: 'emotion', type: 'nominal', sort: emotions, axis: { title: 'emotion', labelAngle: -35 } },
      y: { field: 'count', type: 'quantitative', axis: { title: 'recordings', tickCount: 5 } },
      order: { field: 'dataset', sort: 'ascending' },
      color: datasetColour(datasets),
    },
  };
}

function groupedSpec(rows: readonly Row[], emotions: readonly string[], datasets: readonly string[]): object {
  return {
    data: { values: rows },
    width: WIDTH + 100,
    height: HEIGHT,
    mark: { type: 'bar' },
    encoding: {
      x: { field: 'emotion', type: 'nominal', sort: emotions, axis: { title: 'emotion', labelAngle: -35 } },
      xOffset: { field: 'dataset', type: 'nominal', sort: datasets },
      y: { field: 'count', type: 'quantitative', axis: { title: 'recordings', tickCount: 5 } },
      color: datasetColour(datasets),
    },
  };
}

function heatmapSpec(rows: readonly Row[], emotions: readonly string[], datasets: readonly string[]): object {
  const largest = Math.max(...rows.map(({ count }) => count));
  const values = emotions.flatMap((emotion) =>
    datasets.map((dataset) => {
      const count = rows.find((row) => row.emotion === emotion && row.dataset === dataset)?.count ?? 0;
      return { emotion, dataset, share: count / largest, label: formatCount(count) };
    }),
  );
  return heatSpec(values, { x: 'emotion', y: 'dataset', columns: emotions, rows: datasets });
}

type HeatAxes = { x: string; y: string; columns: readonly string[]; rows: readonly string[] };

/** Cells with `share` (of the deepest colour) and `label`. */
export function heatSpec(values: readonly object[], { x, y, columns, rows }: HeatAxes): object {
  return {
    data: { values },
    width: 64 * columns.length,
    height: 44 * rows.length,
    encoding: {
      x: {
        field: x,
        type: 'nominal',
        sort: columns,
        scale: { paddingInner: 0, paddingOuter: 0 },
        axis: { title: x, labelAngle: -35 },
      },
      y: { field: y, type: 'nominal', sort: rows, scale: { paddingInner: 0, paddingOuter: 0 }, axis: { title: y } },
    },
    layer: [
      {
        mark: { type: 'rect', fill: COLOURS.cell, stroke: COLOURS.grid, strokeWidth: 1 },
        encoding: {
          fillOpacity: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0, 1] },
            legend: null,
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 12 },
        encoding: {
          text: { field: 'label', type: 'nominal' },
          color: {
            condition: { test: 'datum.share > 0.5', value: COLOURS.onDeepCell },
            value: COLOURS.onFaintCell,
          },
        },
      },
    ],
  };
}
