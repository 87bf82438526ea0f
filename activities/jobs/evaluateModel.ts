import type { Metrics } from '../../core/contracts/training.js';
import { checkFeatureSet, readBundle } from '../../core/training/bundle.js';
import { computeMetrics, predictedClasses } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { writeParquet } from '../../core/store/parquet.js';
import { readFeatures } from '../objects/featureTable.js';
import { partRows } from '../objects/partRows.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import { jsonBytes, readStageOutput } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type EvaluateModelInput = { plan: string; split: string; model: string };
export type EvaluateModelOutput = { files: Map<string, Uint8Array> };

/** Predicts the test part and measures how good the predictions are. */
export const evaluateModel: Job<EvaluateModelInput, EvaluateModelOutput> = async (input, context) => {
  const store = await context.store();
  const plan = await readPlan(store, input.plan);
  const bundle = await readBundle((name) => readStageOutput(store, `models/${input.model}`, name));
  checkFeatureSet(bundle, plan.featureSet);

  const split = (await readSplit(store, input.split)).filter(({ part }) => part === 'test');
  const recordings = split.map(({ sha256 }) => sha256);
  const table = await readFeatures(store, plan, bundle.metadata.featureSet.columns, recordings);
  const test = partRows(table, split, bundle.labels, 'test');
  const probabilities = createPredictor(bundle)(test.values, test.sha256s.length);
  const metrics = computeMetrics(bundle.labels, test.classes, probabilities);
  return {
    files: new Map([
      ['metrics.json', jsonBytes(metrics satisfies Metrics)],
      ['predictions.parquet', predictionTable(test.sha256s, test.classes, probabilities, bundle.labels)],
    ]),
  };
};

/** One row a test recording: true and predicted label, then the probability of each. */
function predictionTable(
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
