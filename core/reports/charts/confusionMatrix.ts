import type { TopLevelSpec } from 'vega-lite';
import type { Metrics } from '../../contracts/training.js';
import type { Chart } from '../chart.js';
import type { Confusion } from '../figures.js';
import { formatPercent } from '../format.js';
import { COLOURS, DEEP_CELL_SHARE } from '../theme.js';

/** Above so many classes a cell has room for one number only. */
const CLASSES_WITH_COUNTS = 12;

/** Rows are true labels and sum to 100 %; colour is the share of the row, text the share and the count. */
export function confusionMatrix({ labels, confusion }: Metrics, worst: readonly Confusion[]): Chart {
  const roomy = labels.length <= CLASSES_WITH_COUNTS;
  const [width, height] = roomy ? [54, 42] : [30, 24];
  return {
    name: 'confusion-matrix',
    title: 'Confusion matrix of the test recordings, rows normalised',
    description: describe(labels, confusion, worst),
    spec: {
      data: { values: cells(labels, confusion) },
      width: width * labels.length,
      height: height * labels.length,
      encoding: {
        x: {
          field: 'predicted',
          type: 'nominal',
          sort: labels,
          scale: { paddingInner: 0, paddingOuter: 0 },
          axis: { title: 'predicted', orient: 'top', labelAngle: fits(labels, width) ? 0 : -40, labelLimit: 120 },
        },
        y: {
          field: 'truth',
          type: 'nominal',
          sort: labels,
          scale: { paddingInner: 0, paddingOuter: 0 },
          axis: { title: 'true' },
        },
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
        cellText('percent', { fontSize: roomy ? 13 : 10, dy: roomy ? -6 : 0, fontWeight: 600 }),
        ...(roomy ? [cellText('count', { fontSize: 10, dy: 9, fontWeight: 400 })] : []),
      ],
    } as TopLevelSpec,
  };
}

function cells(labels: readonly string[], confusion: Metrics['confusion']) {
  return confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      return {
        truth: labels[truth],
        predicted: labels[predicted],
        share,
        percent: count === 0 ? '' : `${Math.round(share * 100)}%`,
        count: count === 0 ? '' : String(count),
        empty: count === 0 ? '·' : '',
      };
    });
  });
}

function cellText(field: string, style: { fontSize: number; dy: number; fontWeight: number }) {
  return {
    mark: { type: 'text', ...style },
    encoding: {
      text: { field, type: 'nominal' },
      color: {
        condition: { test: `datum.share > ${DEEP_CELL_SHARE}`, value: COLOURS.onDeepCell },
        value: COLOURS.onFaintCell,
      },
    },
  };
}

function fits(labels: readonly string[], width: number): boolean {
  return labels.every((label) => label.length * 6.2 < width);
}

function describe(labels: readonly string[], confusion: Metrics['confusion'], worst: readonly Confusion[]): string {
  const recalls = labels.map((label, index) => {
    const row = confusion[index] ?? [];
    const total = row.reduce((sum, count) => sum + count, 0);
    return total === 0 ? `${label}: none tested` : `${label} ${formatPercent((row[index] ?? 0) / total, 0)}`;
  });
  const mistakes = worst
    .slice(0, 3)
    .map(({ truth, predicted, share }) => `${truth} taken for ${predicted} (${formatPercent(share, 0)})`);
  const end = mistakes.length === 0 ? '' : ` Most frequent confusions: ${mistakes.join(', ')}.`;
  return `Recognised correctly: ${recalls.join(', ')}.${end}`;
}
