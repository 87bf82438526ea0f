import type { ExperimentInput } from '../../core/contracts/activities.js';
import { labelOrder } from '../../core/contracts/emotions.js';
import { type ExperimentResults, headlineOf, type SearchConfig, spreadOf } from '../../core/contracts/experiment.js';
import type { TestedUtterance } from '../../core/contracts/report.js';
import type { Metrics } from '../../core/contracts/training.js';
import { bootstrapIntervals } from '../../core/reports/bootstrap.js';
import { groupBy } from '../../core/reports/groupBy.js';
import type { Interval } from '../../core/reports/interval.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { computeMetrics } from '../../core/training/metrics.js';
import { type Answer, answerTable, readAnswers } from '../objects/answerTable.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import type { ExperimentRuns, TestedRun } from '../objects/experimentRuns.js';
import { inParallel } from '../objects/parallel.js';
import { testedUtterance } from '../objects/reportData.js';
import { searchResults } from '../objects/searchResults.js';
import { proofOf, readSplit } from '../objects/splitObject.js';
import { jsonBytes, parseJson, readStageOutput, standingManifest } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type PoolTrialsInput = ExperimentInput & { runs: ExperimentRuns };
export type PoolTrialsOutput = { files: Map<string, Uint8Array> };

/** What a tested training answered. */
type Answered = TestedRun & { answers: Answer[] };

/** Puts the answers of all trainings together, and measures them by themselves, by seed and as a whole. */
export const poolTrials: Job<PoolTrialsInput, PoolTrialsOutput> = async ({ config, catalogue, runs }, context) => {
  const store = await context.store();
  const { labels, answers } = await readAll(
    store,
    runs.tested.map(({ keys }) => keys.evaluation),
  );
  const answered = runs.tested.map((run, index): Answered => ({ ...run, answers: answers[index]! }));
  const { folds, search } = config.experiment ?? {};
  const leftOut = folds === undefined ? 0 : await checkFolds(store, answered);

  const all = answered.flatMap(({ answers }) => answers);
  const repetitions = answered.map(({ repetition, chosen, answers }) => ({
    ...repetition,
    ...(chosen === undefined ? {} : { chosen }),
    metrics: headlineOf(metricsOf(labels, answers)),
  }));
  const seeds = [...new Set(repetitions.map(({ seed }) => seed))].map((seed) => {
    const ofSeed = answered.filter(({ repetition }) => repetition.seed === seed).flatMap(({ answers }) => answers);
    return { seed, metrics: headlineOf(metricsOf(labels, ofSeed)) };
  });
  const tell = await teller(store, catalogue);
  const { accuracy, balancedAccuracy, macroF1, logLoss } = bootstrapIntervals(all.map(tell), labels);
  const results: ExperimentResults = {
    metrics: metricsOf(labels, all),
    intervals: { accuracy, balancedAccuracy, macroF1, logLoss },
    repetitions,
    seeds,
    ...(folds === undefined ? {} : { overFolds: spreadOf(repetitions.map(({ metrics }) => metrics)) }),
    ...(seeds.length === 1 ? {} : { overSeeds: spreadOf(seeds.map(({ metrics }) => metrics)) }),
    leftOut,
    ...(search === undefined || runs.choices === undefined
      ? {}
      : { search: searchResults(search, runs.choices, await intervalsOf(store, runs, search.metric, tell)) }),
  };
  return {
    files: new Map([
      ['results.json', jsonBytes(results)],
      ['predictions.parquet', tableOf(labels, all)],
    ]),
  };
};

/** Returns the function that tells who spoke what is answered. */
async function teller(store: ObjectStore, catalogue: string): Promise<(answer: Answer) => TestedUtterance> {
  const rows = (await readCatalogue(store, catalogue)).filter(({ status }) => status === 'ok');
  const rowOf = new Map(rows.map((row) => [row.sha256, row]));
  return (answer) => testedUtterance(answer, rowOf.get(answer.sha256)!);
}

/** The answers of every training, under the labels of all: what a fold had no class for has probability 0. */
async function readAll(
  store: ObjectStore,
  evaluations: readonly string[],
): Promise<{ labels: string[]; answers: Answer[][] }> {
  const labelsOf = await inParallel(
    8,
    evaluations,
    async (evaluation) =>
      parseJson<Metrics>(await readStageOutput(store, `evaluations/${evaluation}`, 'metrics.json')).labels,
  );
  const labels = labelOrder(labelsOf.flat());
  const answers = await inParallel(8, evaluations, async (evaluation, index) => {
    const own = labelsOf[index]!;
    const spread = (probabilities: number[]) => labels.map((label) => probabilities[own.indexOf(label)] ?? 0);
    const read = await readAnswers(store, `evaluations/${evaluation}`, own);
    return read.map((answer) => ({ ...answer, probabilities: spread(answer.probabilities) }));
  });
  return { labels, answers };
}

/** The interval of the metric of every trial, by its place in the grid. */
async function intervalsOf(
  store: ObjectStore,
  { searched }: ExperimentRuns,
  metric: SearchConfig['metric'],
  tell: (answer: Answer) => TestedUtterance,
): Promise<Map<number, Interval>> {
  const intervals = new Map<number, Interval>();
  for (const [point, ofTrial] of groupBy(searched, (one) => one.point)) {
    const { labels, answers } = await readAll(
      store,
      ofTrial.map(({ evaluation }) => evaluation),
    );
    intervals.set(point, bootstrapIntervals(answers.flat().map(tell), labels)[metric]);
  }
  return intervals;
}

/**
 * Makes sure that the folds of every seed test each recording once.
 *
 * @returns how many recordings are in no test part, because their fold has no training for their class
 */
async function checkFolds(store: ObjectStore, answered: readonly Answered[]): Promise<number> {
  let leftOut = 0;
  for (const folds of groupBy(answered, ({ repetition }) => repetition.seed).values()) {
    const splits = await inParallel(8, folds, ({ keys }) => readSplit(store, keys.split));
    const all = new Set(splits.flat().map(({ sha256 }) => sha256));
    const tested = folds.flatMap(({ answers }) => answers.map(({ sha256 }) => sha256));
    const manifests = await inParallel(8, folds, ({ keys }) => standingManifest(store, `splits/${keys.split}`));
    const excused = new Set(manifests.flatMap((manifest) => proofOf(manifest).leftOut));
    const once = new Set(tested);
    const missing = [...all].filter((sha256) => !once.has(sha256) && !excused.has(sha256));
    if (once.size !== tested.length || missing.length > 0) {
      const counts = `${tested.length} answers to ${once.size} of ${all.size} recordings`;
      throw new Error(`the folds do not test every recording once: ${counts}`); // a defect of the splitter
    }
    leftOut += all.size - once.size;
  }
  return leftOut;
}

function metricsOf(labels: readonly string[], answers: readonly Answer[]): Metrics {
  return computeMetrics(
    labels,
    answers.map(({ emotion }) => labels.indexOf(emotion)),
    answers.flatMap(({ probabilities }) => probabilities),
  );
}

function tableOf(labels: readonly string[], answers: readonly Answer[]): Uint8Array {
  return answerTable(
    answers.map(({ sha256 }) => sha256),
    Int32Array.from(answers, ({ emotion }) => labels.indexOf(emotion)),
    answers.flatMap(({ probabilities }) => probabilities),
    labels,
  );
}
