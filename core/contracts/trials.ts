import type { Choice, Repetition, SearchConfig, SearchOptions, TrialScores } from './experiment.js';
import { parseRanges } from './ranges.js';
import type { RunConfig } from './runs.js';
import type { SplitConfig } from './splits.js';
import { type Augmentation, augmentText, type HiddenLayer, layersText, type TrainingParameters } from './training.js';

/** One training with the evaluation of its model. */
export type TrialRun = { features: string; split: SplitConfig; training: TrainingParameters };

/** The test parts of an experiment: fold after fold, seed after seed. */
export function repetitionsOf({ split, training, experiment = {} }: RunConfig): Repetition[] {
  const { folds, seeds = 1, sameSplits } = experiment;
  return Array.from({ length: seeds }, (_, later) => {
    const seeded = { ...split, seed: split.seed + (sameSplits === true ? 0 : later) };
    const splits =
      folds === undefined
        ? [seeded]
        : Array.from({ length: folds }, (_, index) => ({ ...seeded, fold: { index, of: folds } }));
    return splits.map((one) => ({ seed: training.seed + later, split: one }));
  }).flat();
}

/** What is trained and tested in a repetition, by the settings of the run itself or of a trial. */
export function trialRun(config: RunConfig, { seed, split }: Repetition, point?: number): TrialRun {
  const { features, training } = point === undefined ? config : settingsAt(config, point);
  return { features: features.set, split, training: { ...training, seed } };
}

/** The feature sets that an experiment needs. */
export function featureSetsOf(config: RunConfig): string[] {
  return [...new Set(config.experiment?.search?.options.features ?? [config.features.set])];
}

/** The altered copies that an experiment needs, each once: those of the run, then those of trials. */
export function augmentationsOf({ training, experiment }: RunConfig): Augmentation[] {
  const wanted = [training.augment, ...(experiment?.search?.options.augment ?? [])].flatMap((copies) => copies ?? []);
  return [...new Map(wanted.map((copy) => [augmentText([copy]), copy])).values()];
}

/** The values of one place in the grid, by option. */
export function valuesAt(options: SearchOptions, point: number): Record<string, unknown> {
  const values: [string, unknown][] = [];
  let rest = point;
  for (const [name, choices] of Object.entries(options).reverse() as [string, unknown[]][]) {
    values.unshift([name, choices[rest % choices.length]]);
    rest = Math.floor(rest / choices.length);
  }
  return Object.fromEntries(values);
}

/** The values of one place in the grid as people read them: `learningRate 0.001, layers 256:0.3,128`. */
export function describePoint(options: SearchOptions, point: number): string {
  const values = Object.entries(valuesAt(options, point));
  return values.map(([name, value]) => `${name} ${describeValue(name, value)}`).join(', ');
}

/** The values that each option may take, as people read them; of many, how many. */
export function describeChoices(options: SearchOptions): string[] {
  return (Object.entries(options) as [string, unknown[]][]).map(([name, choices]) => {
    const listed = choices.slice(0, LISTED_VALUES).map((value) => describeValue(name, value));
    const more = choices.length - listed.length;
    return `${name} ${listed.join(' or ')}${more > 0 ? ` or ${more} more` : ''}`;
  });
}

const LISTED_VALUES = 6;

function describeValue(name: string, value: unknown): string {
  if (value === null) return 'none';
  if (name === 'layers') return layersText(value as HiddenLayer[]);
  if (name === 'augment') return augmentText(value as Augmentation[]);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function gridSize(options: SearchOptions): number {
  return Object.values(options).reduce((size, choices) => size * choices.length, 1);
}

/** The settings of the run with the values of one place in the grid. */
export function settingsAt(config: RunConfig, point: number): Pick<RunConfig, 'features' | 'training'> {
  const { features, ...values } = valuesAt(config.experiment?.search?.options ?? {}, point);
  const training = Object.entries({ ...config.training, ...values }).filter(([, value]) => value !== null);
  return {
    features: { set: (features as string | undefined) ?? config.features.set },
    training: Object.fromEntries(training) as TrainingParameters,
  };
}

/** What a trial reaches on one inner fold; undefined where it cannot be trained. */
export type Score = (run: TrialRun, point: number) => Promise<number | undefined>;

/**
 * Compares trials on inner folds of what a repetition does not test. After each fold only the best go on (successive
 * halving; Jamieson and Talwalkar, 2016), of equals those that come first in the grid: the same scores give the same choice.
 *
 * @returns every trial, in the order of the grid, with the scores it got
 */
export async function chooseTrial(
  config: RunConfig,
  search: SearchConfig,
  { seed, split }: Repetition,
  score: Score,
): Promise<Choice> {
  const { protocol, folds } = search.inner;
  const trials: TrialScores[] = parseRanges(search.points).map((point) => ({ point, scores: [] }));
  let live = trials;
  for (let index = 0; index < folds; index++) {
    const inner = { ...split, inner: { protocol, index, of: folds } };
    const scored = await Promise.all(
      live.map(({ point }) => score(trialRun(config, { seed, split: inner }, point), point)),
    );
    live.forEach(({ scores }, trial) => scores.push(scored[trial]));
    live = best(live, search).slice(0, index + 1 === folds ? 1 : Math.max(1, Math.ceil(search.keep * live.length)));
  }
  return { trials, chosen: live[0]!.point };
}

/** Trials from the best to the worst by their mean score. */
function best(trials: readonly TrialScores[], search: SearchConfig): TrialScores[] {
  const merit = ({ scores }: TrialScores) => meritOf(scores, search);
  return [...trials].sort((a, b) => merit(b) - merit(a) || a.point - b.point);
}

/** How good some scores of a trial are: higher is better, whatever the metric; a training that failed is the worst. */
export function meritOf(scores: readonly (number | undefined)[], { metric }: Pick<SearchConfig, 'metric'>): number {
  const sign = metric === 'logLoss' ? -1 : 1;
  const sum = scores.reduce<number>((total, score) => total + (score === undefined ? -1e9 : sign * score), 0);
  return scores.length === 0 ? -1e9 : sum / scores.length;
}

/**
 * The trials of all repetitions by preference: those that were seen on the most inner folds first, and of these the one with
 * the most merit on them. An experiment ends with the first.
 */
export function rankTrials(choices: readonly Choice[], search: Pick<SearchConfig, 'metric'>): TrialScores[] {
  const scoresOf = new Map<number, (number | undefined)[]>();
  for (const { point, scores } of choices.flatMap(({ trials }) => trials)) {
    scoresOf.set(point, [...(scoresOf.get(point) ?? []), ...scores]);
  }
  return [...scoresOf]
    .map(([point, scores]) => ({ point, scores }))
    .sort(
      (a, b) =>
        b.scores.length - a.scores.length || meritOf(b.scores, search) - meritOf(a.scores, search) || a.point - b.point,
    );
}

/** Every training that an experiment may ask for, whatever its trials turn out to be worth. */
export function possibleRuns(config: RunConfig): TrialRun[] {
  const repetitions = repetitionsOf(config);
  const { search } = config.experiment ?? {};
  if (search === undefined) return repetitions.map((repetition) => trialRun(config, repetition));
  const { protocol, folds } = search.inner;
  return repetitions.flatMap(({ seed, split }) => {
    const inner = Array.from({ length: folds }, (_, index) => ({ ...split, inner: { protocol, index, of: folds } }));
    const splits = [...inner, split];
    return parseRanges(search.points).flatMap((point) =>
      splits.map((one) => trialRun(config, { seed, split: one }, point)),
    );
  });
}

/** How many trainings an experiment makes at most. */
export function trainingsOf(config: RunConfig): number {
  const repetitions = repetitionsOf(config).length;
  const search = config.experiment?.search;
  if (search === undefined) return repetitions;
  let live = parseRanges(search.points).length;
  let searched = 0;
  for (let fold = 0; fold < search.inner.folds; fold++) {
    searched += live;
    live = Math.max(1, Math.ceil(search.keep * live));
  }
  return repetitions * (searched + 1);
}
