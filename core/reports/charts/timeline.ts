import type { Chart } from '../chart.js';
import { COLOURS } from '../theme.js';

/** Seconds, and the probability of each label. */
export type TimelineSpan = { start: number; end: number; probabilities: number[] };

/** Probabilities along a recording, a band for each label, each value at the middle of its span. */
export function timeline(file: string, labels: readonly string[], spans: readonly TimelineSpan[]): Chart {
  const values = spans.flatMap(({ start, end, probabilities }) =>
    labels.map((label, index) => ({
      label,
      second: (start + end) / 2,
      percent: (probabilities[index] ?? 0) * 100,
      best: Math.max(...probabilities) === probabilities[index],
    })),
  );
  const title = `Emotion along ${file}`;
  return {
    name: 'timeline',
    title,
    description: `Probability of each of ${labels.join(', ')} in ${spans.length} spans.`,
    spec: {
      title,
      data: { values },
      facet: {
        row: {
          field: 'label',
          type: 'nominal',
          sort: [...labels],
          header: { title: null, labelAngle: 0, labelAlign: 'left', labelColor: COLOURS.ink, labelFontSize: 11 },
        },
      },
      spacing: 12,
      spec: {
        width: 720,
        height: 44,
        encoding: {
          x: {
            field: 'second',
            type: 'quantitative',
            scale: { domain: [0, spans.at(-1)?.end ?? 1], nice: false },
            axis: { title: 'seconds', grid: false, ticks: true, tickColor: COLOURS.axis },
          },
          y: {
            field: 'percent',
            type: 'quantitative',
            scale: { domain: [0, 100] },
            axis: { title: null, values: [50, 100], labelExpr: "datum.value + ' %'" },
          },
        },
        layer: [
          { mark: { type: 'area', color: COLOURS.series6, opacity: 0.55, interpolate: 'monotone' } },
          {
            transform: [{ filter: 'datum.best' }],
            mark: { type: 'point', filled: true, size: 24, opacity: 1, color: COLOURS.series1 },
          },
        ],
      },
    },
  };
}
