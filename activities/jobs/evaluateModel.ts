import type { TestedUtterance } from '../../core/contracts/report.js';
import type { Metrics } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { breakdownOf } from '../../core/reports/breakdown.js';
import { checkFeatureSet, readBundle } from '../../core/training/bundle.js';
import { groupImportance } from '../../core/training/importance.js';
import { computeMetrics, predictedClasses } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { answerTable } from '../objects/answerTable.js';
import { audioKey } from '../objects/audio.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import { featureUse, readModelFeatures } from '../objects/modelFeatures.js';
import { partRows, type PartRows } from '../objects/partRows.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import { jsonBytes, readStageOutput } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type EvaluateModelInput = { plan: string; split: string; model: string };
export type EvaluateModelOutput = { files: Map<string, Uint8Array> };

/** Predicts the test part, measures how good the predictions are, for whom, and which features they lean on. */
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
  const catalogue = await readCatalogue(store, plan.catalogue);
  const answers = answersOf(test, probabilities, bundle.labels, catalogue);
  return {
    files: new Map([
      ['metrics.json', jsonBytes(metrics satisfies Metrics)],
      ['breakdown.json', jsonBytes(breakdownOf(answers, bundle.labels))],
      ['importance.json', jsonBytes(importance)],
      ['predictions.parquet', answerTable(test.sha256s, test.classes, probabilities, bundle.labels)],
    ]),
  };
};

/** The answers to the test part with what is known of each recording. */
function answersOf(
  { sha256s, classes }: PartRows,
  probabilities: Float32Array,
  labels: readonly string[],
  catalogue: readonly Utterance[],
): TestedUtterance[] {
  const rowOf = new Map(catalogue.filter(({ status }) => status === 'ok').map((row) => [row.sha256, row]));
  const predicted = predictedClasses(probabilities, labels.length);
  return sha256s.map((sha256, row) => {
    const utterance = rowOf.get(sha256)!;
    const { path, corpus, speaker, sex } = utterance;
    return {
      path,
      audio: audioKey(utterance),
      corpus,
      speaker,
      sex,
      emotion: labels[classes[row]!]!,
      predicted: labels[predicted[row]!]!,
      probabilities: [...probabilities.subarray(row * labels.length, (row + 1) * labels.length)],
    };
  });
}
