import type { ReportData } from '../contracts/report.js';
import { csvTable, type CsvValue } from './csv.js';

const DATASET_NAMES: Record<string, string> = { 'CREMA-D': 'CREMA' };

/** What the original called a corpus in its tables and charts. */
export function datasetName(corpus: string): string {
  return DATASET_NAMES[corpus] ?? corpus;
}

/**
 * The tables of the original project under its own names and headers, so that whoever read them before can read these.
 * Percentages are where it had them (`per_class_accuracy.csv`), shares between 0 and 1 elsewhere.
 */
export function originalOutputs(data: ReportData): Map<string, string> {
  return new Map([
    ['emotion_distribution.csv', csvTable(['emotion', 'count'], totalsBy(data, 'emotion'))],
    ['dataset_distribution.csv', csvTable(['dataset', 'count'], datasetTotals(data))],
    ['classification_report.csv', classificationReport(data)],
    ['confusion_matrix.csv', confusionMatrix(data)],
    ['per_class_accuracy.csv', perClassAccuracy(data)],
    ['training_history.csv', trainingHistory(data)],
    ['test_results.json', testResults(data)],
    ['file_summary.txt', fileSummary(data)],
  ]);
}

/** Most frequent first. */
function totalsBy({ counts }: ReportData, field: 'emotion' | 'corpus'): [string, number][] {
  const totals = new Map<string, number>();
  for (const row of counts) totals.set(row[field], (totals.get(row[field]) ?? 0) + row.count);
  return [...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function datasetTotals(data: ReportData): [string, number][] {
  return totalsBy(data, 'corpus').map(([corpus, count]) => [datasetName(corpus), count]);
}

/** As scikit-learn's `classification_report(output_dict=True)` in a transposed data frame: accuracy fills its row. */
function classificationReport({ metrics }: ReportData): string {
  const { accuracy, macro, weighted, perClass, count } = metrics;
  const rows: CsvValue[][] = [
    ...perClass.map(({ label, precision, recall, f1, support }) => [label, precision, recall, f1, support]),
    ['accuracy', accuracy, accuracy, accuracy, accuracy],
    ['macro avg', macro.precision, macro.recall, macro.f1, count],
    ['weighted avg', weighted.precision, weighted.recall, weighted.f1, count],
  ];
  return csvTable(['', 'precision', 'recall', 'f1-score', 'support'], rows);
}

/** Rows are true, columns predicted. */
function confusionMatrix({ metrics: { labels, confusion } }: ReportData): string {
  return csvTable(
    ['', ...labels],
    labels.map((label, row) => [label, ...(confusion[row] ?? [])]),
  );
}

/** The accuracy of a class is its recall. */
function perClassAccuracy({ metrics }: ReportData): string {
  return csvTable(
    ['Emotion', 'Accuracy'],
    metrics.perClass.map(({ label, recall }) => [label, recall * 100]),
  );
}

function trainingHistory({ model }: ReportData): string {
  return csvTable(
    ['epoch', 'train_loss', 'val_loss', 'train_accuracy', 'val_accuracy'],
    model.history.map((epoch) => [
      epoch.epoch,
      epoch.trainLoss,
      epoch.validationLoss,
      epoch.trainAccuracy,
      epoch.validationAccuracy,
    ]),
  );
}

function testResults({ metrics }: ReportData): string {
  const results = {
    test_accuracy: metrics.accuracy,
    test_loss: metrics.logLoss,
    num_test_samples: metrics.count,
    num_classes: metrics.labels.length,
    classes: metrics.labels,
  };
  return `${JSON.stringify(results, null, 2)}\n`;
}

function fileSummary(data: ReportData): string {
  const { catalogue, model, rejects } = data;
  const { train, validation, test } = model.trainedOn.utterances;
  const lines = [
    `Files: ${catalogue.files}`,
    `Rejected: ${rejects.length}`,
    `Hours: ${catalogue.hours.toFixed(2)}`,
    `Training: ${train}`,
    `Validation: ${validation}`,
    `Test: ${test}`,
    '',
    ...datasetTotals(data).map(([dataset, count]) => `${dataset}: ${count}`),
    '',
    ...totalsBy(data, 'emotion').map(([emotion, count]) => `${emotion}: ${count}`),
  ];
  return `${lines.join('\n')}\n`;
}
