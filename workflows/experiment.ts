import { ApplicationFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { ExperimentInput } from '../core/contracts/activities.js';
import {
  type Choice,
  type ExperimentProgress,
  type Headline,
  type PlanUse,
  type SearchConfig,
} from '../core/contracts/experiment.js';
import {
  augmentationsOf,
  chooseTrial,
  describePoint,
  featureSetsOf,
  meritOf,
  rankTrials,
  repetitionsOf,
  type Score,
  trainingsOf,
  type TrialRun,
  trialRun,
} from '../core/contracts/trials.js';
import { counted } from '../core/contracts/counted.js';
import { EXPERIMENT_STAGES } from '../core/contracts/names.js';
import type { RunConfig, RunStatus } from '../core/contracts/runs.js';
import { activities, summarised } from './activities.js';
import { fetchData, showWaiting } from './data.js';
import { extractPlan } from './extraction.js';
import { failureLines } from './failures.js';
import { recorded, type RunFrame, type RunOptions, showDetails, timingsOf } from './runFrame.js';

/** Trainings asked for at a time: enough for several workers, and no more than a history has room for. */
const TRIALS_IN_FLIGHT = 16;

/**
 * Several trainings on the same data, pooled at the end: the folds of a cross-validation, repetitions under other seeds,
 * the trials of a search. Recordings are fetched and features extracted once for all of them. Each training goes through
 * the stages of a run and under their keys, so that what stands in the store is not made again.
 *
 * @returns the final status, which is also `runs/<name>.json` in the store
 */
export async function experiment(config: RunConfig, options: RunOptions = {}): Promise<RunStatus> {
  const stages = EXPERIMENT_STAGES.filter(
    (stage) => stage !== 'searchTrials' || config.experiment?.search !== undefined,
  );
  return recorded(config, stages, options, (frame) => runStages(config, frame));
}

async function runStages(config: RunConfig, frame: RunFrame): Promise<void> {
  const { status, stage, tell } = frame;
  const progress: ExperimentProgress = { total: trainingsOf(config), done: 0, running: 0, failed: 0 };
  status.experiment = progress;

  const catalogue = await fetchData(config, frame);
  const plans = await preparePlans(config, catalogue.key, frame);
  const { backend } = await activities.chooseBackend({ backend: config.backend });
  progress.shared = { catalogue: catalogue.key, plans, backend };
  const shared: ExperimentInput = { config, ...progress.shared };

  const split = (run: TrialRun) => splitFor(shared, run);
  const train = inTurn(TRIALS_IN_FLIGHT, async ({ run, split }: SplitRun) => {
    progress.running += 1;
    try {
      return await trainAndEvaluate(shared, run, split);
    } finally {
      progress.running -= 1;
      progress.done += 1;
      showDetails(status);
    }
  });

  const choices = await searchTrials(config, frame, async (run) => train({ run, split: await split(run) }));
  await stage('runTrials', async () => {
    const runs = repetitionsOf(config).map((repetition, index) =>
      trialRun(config, repetition, choices?.[index]?.chosen),
    );
    const done: Headline[] = [];
    await allOrNone(runs, async (run) => {
      done.push(await train({ run, split: await split(run) }));
      progress.soFar = meanOf(done);
    });
    return { note: `${runs.length} trained and tested on ${backend}` };
  });

  const pooled = await stage('poolTrials', () => activities.poolTrials(shared));
  const { metrics, overFolds, overSeeds, chosen } = pooled;
  status.metrics = metrics;
  if (overFolds !== undefined) progress.overFolds = overFolds;
  if (overSeeds !== undefined) progress.overSeeds = overSeeds;
  if (chosen !== undefined) progress.chosen = chosen;
  tell({ SerAccuracy: metrics.accuracy });

  await stage('writeReport', () =>
    activities.writeExperimentReport({ ...shared, experiment: pooled.key, timings: timingsOf(status) }),
  );
}

/** Plans and extracts every feature set that a trial wants, one after another. */
async function preparePlans(config: RunConfig, catalogue: string, { status, stage }: RunFrame) {
  const sets = featureSetsOf(config);
  const augment = augmentationsOf(config);
  const planned = await stage('planShards', async () => {
    const plans = await Promise.all(
      sets.map((featureSet) =>
        activities.planShards({ catalogue, featureSet, ...(augment.length > 0 && { augment }) }),
      ),
    );
    const { key, shards, files } = plans[0]!;
    const each = sets.length === 1 ? '' : `, for each of ${sets.join(', ')}`;
    return {
      plans,
      key,
      reused: plans.every(({ reused }) => reused),
      note: `${counted(shards, 'shard')} of ${counted(files / (1 + augment.length), 'recording')}${each}`,
    };
  });
  const plans: Record<string, PlanUse> = {};
  await stage('extractFeatures', async () => {
    const outcomes = [];
    for (const [index, plan] of planned.plans.entries()) {
      delete status.skippedShards;
      outcomes.push(await extractPlan(config, status, plan, showWaiting(status)));
      plans[sets[index]!] = { key: plan.key, skipped: status.skippedShards ?? '' };
    }
    const note = outcomes.map((outcome) => outcome.note).join('; ');
    return { reused: outcomes.every(({ reused }) => reused === true), note };
  });
  return plans;
}

/** The trial that each repetition goes on with, chosen on what it does not test; undefined where there is no choice. */
async function searchTrials(
  config: RunConfig,
  { status, stage }: RunFrame,
  train: (run: TrialRun) => Promise<Headline>,
): Promise<Choice[] | undefined> {
  const { search } = config.experiment ?? {};
  if (search === undefined) return undefined;
  const progress = status.experiment!;
  const scoresOf = new Map<number, number[]>();

  const score: Score = async (run, point) => {
    try {
      const headline = await train(run);
      scoresOf.set(point, [...(scoresOf.get(point) ?? []), headline[search.metric]]);
      progress.soFar = leader(scoresOf, search);
      return headline[search.metric];
    } catch (error) {
      if (failureLines(error).kind !== 'BadConfig') throw error;
      progress.failed += 1;
      return undefined;
    }
  };

  const { choices } = await stage('searchTrials', async () => {
    const choices: Choice[] = [];
    await allOrNone([...repetitionsOf(config).entries()], async ([index, repetition]) => {
      choices[index] = await chooseTrial(config, search, repetition, score);
      if (progress.failed > 0) refuseChoiceOfNothing(choices[index]);
    });
    const chosen = rankTrials(choices, search)[0]!.point;
    progress.chosen = chosen;
    return { choices, note: `chosen: ${describePoint(search.options, chosen)}` };
  });
  return choices;
}

/** @throws ApplicationFailure `BadConfig` when the best trial could not be trained */
function refuseChoiceOfNothing({ trials, chosen }: Choice): void {
  const scores = trials.find(({ point }) => point === chosen)?.scores ?? [];
  if (scores.some((score) => score !== undefined)) return;
  throw ApplicationFailure.create({
    type: 'BadConfig',
    nonRetryable: true,
    message: 'no trial of the search could be trained',
    details: [
      {
        what: 'no trial of the search could be trained',
        subject: workflowInfo().workflowId,
        remedy: 'See in the Temporal UI what they failed with, and search among other values.',
      },
    ],
  });
}

type SplitRun = { run: TrialRun; split: string };

async function splitFor({ catalogue, plans }: ExperimentInput, run: TrialRun): Promise<string> {
  const { key: plan, skipped } = plans[run.features]!;
  const { key } = await summarised.splitUtterances(summaryOf(run), { catalogue, plan, split: run.split, skipped });
  return key;
}

async function trainAndEvaluate({ plans, backend }: ExperimentInput, run: TrialRun, split: string): Promise<Headline> {
  const { key: plan } = plans[run.features]!;
  const model = await summarised.trainModel(summaryOf(run), { plan, split, training: run.training, backend });
  const { metrics } = await summarised.evaluateModel(summaryOf(run), { plan, split, model: model.key });
  return metrics;
}

/** Which of the trainings it is: `speaker fold 2/6, inner fold 1/3, seed 0`. */
function summaryOf({ split: { protocol, fold, leaveOut, inner }, training }: TrialRun): string {
  const outer = fold === undefined ? (leaveOut ?? '') : `fold ${fold.index + 1}/${fold.of}`;
  const within = inner === undefined ? [] : [`inner fold ${inner.index + 1}/${inner.of}`];
  return [`${protocol} ${outer}`.trim(), ...within, `seed ${training.seed}`].join(', ');
}

/** Does some work for every item at once; when one fails, the others are given up. */
function allOrNone<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    try {
      await Promise.all(items.map(work));
    } catch (error) {
      scope.cancel();
      throw error;
    }
  });
}

/** Lets so many calls of a function go on at a time; the others wait for their turn. */
function inTurn<Input, Output>(width: number, work: (input: Input) => Promise<Output>) {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (input: Input): Promise<Output> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work(input);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

function meanOf(done: readonly Headline[]): string {
  const mean = (name: 'accuracy' | 'macroF1') => percent(done.reduce((sum, one) => sum + one[name], 0) / done.length);
  return `mean accuracy ${mean('accuracy')}, macro F1 ${mean('macroF1')}`;
}

/** The trial that is ahead: of those with the most scores the one with the best mean. */
function leader(scoresOf: ReadonlyMap<number, number[]>, search: SearchConfig): string {
  const trials = [...scoresOf].map(([point, scores]) => ({ point, scores }));
  const { point, scores } = rankTrials([{ trials, chosen: 0 }], search)[0]!;
  const mean = Math.abs(meritOf(scores, search));
  const value = search.metric === 'logLoss' ? mean.toFixed(3) : percent(mean);
  return `best ${describePoint(search.options, point)}: ${search.metric} ${value}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
