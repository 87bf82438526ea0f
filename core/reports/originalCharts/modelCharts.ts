import type { TopLevelSpec } from 'vega-lite';
import type { ReportData } from '../../contracts/report.js';
import type { Chart } from '../chart.js';
import { confusionMatrix } from '../charts/confusionMatrix.js';
import { learningCurves } from '../charts/learningCurves.js';
import type { ReportFigures } from '../figures.js';
import { COLOURS } from '../theme.js';
import { barSpec, heatSpec } from './dataCharts.js';

/** What the original drew of training and test: 06 to 10. */
export function modelCharts({ metrics, model }: ReportData, figures: ReportFigures): Chart[] {
  const normalized = confusionMatrix(metrics, figures.confusions);
  return [
    trainingHistory(learningCurves(model, figures.rateDrops)),
    countedMatrix(metrics, normalized.description),
    recalls(metrics),
    { ...normalized, name: '09_confusion_matrix_normalized', spec: { title: normalized.title, ...normalized.spec } },
    scores(metrics),
  ];
}

function trainingHistory(curves: readonly Chart[]): Chart {
  const title = 'Training history';
  return {
    name: '06_training_history',
    title,
    description: curves.map(({ description }) => description).join(' '),
    spec: {
      title,
      hconcat: curves.map(({ title: panel, spec }) => ({ title: panel, ...spec })),
      resolve: { scale: { color: 'shared' } },
    } as TopLevelSpec,
  };
}

function countedMatrix({ labels, confusion }: ReportData['metrics'], description: string): Chart {
  const largest = Math.max(1, ...confusion.flat());
  const values = confusion.flatMap((row, truth) =>
    row.map((count, predicted) => ({
      true: labels[truth],
      predicted: labels[predicted],
      share: count / largest,
      label: String(count),
    })),
  );
  const title = 'Confusion matrix of the test set, recordings';
  return {
    name: '07_confusion_matrix',
    title,
    description,
    spec: { title, ...heatSpec(values, { x: 'predicted', y: 'true', columns: labels, rows: labels }) } as TopLevelSpec,
  };
}

/** The accuracy of a class is its recall. */
function recalls({ perClass }: ReportData['metrics']): Chart {
  const values = perClass.map(({ label, recall }) => ({ name: label, count: recall * 100 }));
  const title = 'Accuracy by emotion, %';
  return {
    name: '08_per_class_accuracy',
    title,
    description: `${values.map(({ name, count }) => `${name} ${count.toFixed(1)} %`).join(', ')}.`,
    spec: { title, ...barSpec(values, 'emotion', 'accuracy, %', [0, 100], 1) } as TopLevelSpec,
  };
}

function scores({ perClass }: ReportData['metrics']): Chart {
  const names = ['precision', 'recall', 'F1'];
  const values = perClass.flatMap(({ label, precision, recall, f1 }) =>
    [precision, recall, f1].map((share, index) => ({ emotion: label, score: names[index], percent: share * 100 })),
  );
  const title = 'Precision, recall and F1 by emotion, %';
  return {
    name: '10_precision_recall_f1',
    title,
    description: `${perClass.map(({ label, f1 }) => `${label} F1 ${(f1 * 100).toFixed(1)} %`).join(', ')}.`,
    spec: {
      title,
      data: { values },
      width: 520,
      height: 280,
      mark: { type: 'bar' },
      encoding: {
        x: {
          field: 'emotion',
          type: 'nominal',
          sort: perClass.map(({ label }) => label),
          axis: { title: 'emotion', labelAngle: -35 },
        },
        xOffset: { field: 'score', type: 'nominal', sort: names },
        y: {
          field: 'percent',
          type: 'quantitative',
          scale: { domain: [0, 100] },
          axis: { title: 'score, %', tickCount: 5 },
        },
        color: {
          field: 'score',
          type: 'nominal',
          scale: { domain: names, range: [COLOURS.series3, COLOURS.series5, COLOURS.series1] },
        },
      },
    },
  };
}
