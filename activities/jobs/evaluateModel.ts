import type { Metrics } from '../../core/contracts/training.js';
import { checkFeatureSet, readBundle } from '../../core/training/bundle.js';
import { groupImportance } from '../../core/training/importance.js';
import { computeMetrics } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { answerTable } from '../objects/answerTable.js';
import { featureUse, readModelFeatures } from '../objects/modelFeatures.js';
import { partRows } from '../objects/partRows.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import { jsonBytes, readStageOutput } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type EvaluateModelInput = { plan: string; split: string; model: string };
export type EvaluateModelOutput = { files: Map<string, Uint8Array> };

/** Predicts the test part, measures how good the predictions are and which features they lean on. */
export const evaluateModel: Job<EvaluateModelInput, EvaluateModelOutput> = async (input, context) => {
  const store = await context.store();
  const plan = await readPlan(store, input.plan);
  const bundle = await readBundle((name) => readStageOutput(store, `models/${input.model}`, name));
  checkFeatureSet(bundle, plan.featureSet);

  const split = await readSplit(store, input.split);
  const recordings = split.filter(({ part }) => part === 'test').map(({ sha256 }) => sha256);
  const table = await readModelFeatures(store, plan, split, featureUse(bundle), recordings);
  const test = partRows(table, split, bundle.labels, 'test');
  const predict = createPredictor(bundle);
  const probabilities = predict(test.values, test.sha256s.length);
  const metrics = computeMetrics(bundle.labels, test.classes, probabilities);
  const importance = groupImportance(predict, table.columns, bundle.labels.length, test.values, test.classes);
  return {
    files: new Map([
      ['metrics.json', jsonBytes(metrics satisfies Metrics)],
      ['importance.json', jsonBytes(importance)],
      ['predictions.parquet', answerTable(test.sha256s, test.classes, probabilities, bundle.labels)],
    ]),
  };
};
