import type { ObjectStore } from '../../core/store/objectStore.js';
import { doublesOf, readParquet, stringsOf, writeParquet } from '../../core/store/parquet.js';
import { predictedClasses } from '../../core/training/metrics.js';
import { readStageOutput } from './stageOutput.js';

/** What a model answered to one recording. */
export type Answer = { sha256: string; emotion: string; predicted: string; probabilities: number[] };

/** One row a test recording: true and predicted label, then the probability of each. */
export function answerTable(
  sha256s: string[],
  truth: Int32Array,
  probabilities: ArrayLike<number>,
  labels: readonly string[],
): Uint8Array {
  const predicted = predictedClasses(probabilities, labels.length);
  const named = (classes: Int32Array) => [...classes].map((index) => labels[index]!);
  return writeParquet([
    { name: 'sha256', type: 'STRING', data: sha256s },
    { name: 'emotion', type: 'STRING', data: named(truth) },
    { name: 'predicted', type: 'STRING', data: named(predicted) },
    ...labels.map((label, column) => ({
      name: `p_${label}`,
      type: 'DOUBLE' as const,
      data: Float64Array.from(sha256s, (_, row) => probabilities[row * labels.length + column]!),
    })),
  ]);
}

/** The answers of an evaluation in order of sha256, or those of an experiment. */
export async function readAnswers(store: ObjectStore, folder: string, labels: readonly string[]): Promise<Answer[]> {
  const table = await readParquet(await readStageOutput(store, folder, 'predictions.parquet'));
  const emotions = stringsOf(table, 'emotion');
  const predicted = stringsOf(table, 'predicted');
  const probabilities = labels.map((label) => doublesOf(table, `p_${label}`));
  return stringsOf(table, 'sha256').map((sha256, row) => ({
    sha256,
    emotion: emotions[row]!,
    predicted: predicted[row]!,
    probabilities: probabilities.map((column) => column[row]!),
  }));
}
