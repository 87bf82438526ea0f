import type { SplitConfig, SplitProtocol } from './splits.js';
import type { Metrics, TrainingParameters } from './training.js';

/** What makes a run an experiment: its data are trained on several times, and what comes of it is pooled. */
export type ExperimentConfig = {
  /** Cross-validation: every recording is tested once. */
  folds?: number;
  /** So many repetitions, under the seed of the run and those that follow it. */
  seeds?: number;
  /** Repetitions train under other seeds and keep the splits of the first. */
  sameSplits?: true;
  search?: SearchConfig;
};

/** The values that options may take in a search; null where an option is left out. */
export type SearchOptions = { features?: string[] } & {
  [name in Exclude<keyof TrainingParameters, 'seed'>]?: (Required<TrainingParameters>[name] | null)[];
};

/** Scores that trials can be chosen by. */
export const SEARCH_METRICS = ['macroF1', 'balancedAccuracy', 'accuracy', 'logLoss'] as const;

export type SearchConfig = {
  options: SearchOptions;
  /** The trials, as ranges of places in the grid of all combinations: the last option changes fastest. */
  points: string;
  metric: (typeof SEARCH_METRICS)[number];
  /** What is not tested is cut into so many folds, on which trials are compared. */
  inner: { protocol: SplitProtocol; folds: number };
  /** After each inner fold this share of the trials goes on, at least one; 1 stops none. */
  keep: number;
};

/** A test part, and the seed that is trained under. */
export type Repetition = { seed: number; split: SplitConfig };

/** How a trial did on inner folds, one after another; undefined where its training failed. */
export type TrialScores = { point: number; scores: (number | undefined)[] };

/** The search within one repetition: every trial with its scores, and the best of those that went through all folds. */
export type Choice = { trials: TrialScores[]; chosen: number };

/** The scores of an evaluation that fit into a line. */
export type Headline = Pick<Metrics, 'accuracy' | 'balancedAccuracy' | 'logLoss' | 'count'> & { macroF1: number };

export function headlineOf({ accuracy, balancedAccuracy, logLoss, count, macro }: Metrics): Headline {
  return { accuracy, balancedAccuracy, logLoss, count, macroF1: macro.f1 };
}

export type Spread = { mean: number; deviation: number };

/** Mean and sample deviation of each score. */
export type HeadlineSpread = Record<Exclude<keyof Headline, 'count'>, Spread>;

/** @param values at least one; a single one has no deviation */
export function spreadOfValues(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

export function spreadOf(headlines: readonly Headline[]): HeadlineSpread {
  const over = (name: keyof HeadlineSpread) => spreadOfValues(headlines.map((headline) => headline[name]));
  return {
    accuracy: over('accuracy'),
    balancedAccuracy: over('balancedAccuracy'),
    logLoss: over('logLoss'),
    macroF1: over('macroF1'),
  };
}

/** Content of `experiments/<key>/results.json`. */
export type ExperimentResults = {
  /** Over all answers. */
  metrics: Metrics;
  /** 95 %, by bootstrap over speakers. */
  intervals: Record<Exclude<keyof Headline, 'count'>, { low: number; high: number }>;
  /** One entry a repetition, in order. */
  repetitions: (Repetition & { chosen?: number; metrics: Headline })[];
  /** The pooled scores of the folds of one seed; one entry a seed. */
  seeds: { seed: number; metrics: Headline }[];
  overFolds?: HeadlineSpread;
  overSeeds?: HeadlineSpread;
  /** Recordings of classes that a fold has no training for, and that are tested nowhere. */
  leftOut: number;
  search?: SearchResults;
};

export type SearchResults = {
  /** Every trial over all repetitions, the best first. */
  trials: {
    point: number;
    /** Inner folds it was scored on, of all that there are. */
    folds: number;
    /** Of the metric on them; left out when it failed. */
    score?: Spread;
    /** 95 %, of the metric over all answers on inner folds, by bootstrap over speakers. */
    interval?: { low: number; high: number };
    failed: number;
    /** Repetitions that chose it. */
    chosenBy: number;
  }[];
  /** The trial to go on with. */
  chosen: number;
  innerFolds: number;
};

/** The plan of a feature set, and the shards that an experiment goes on without, as ranges. */
export type PlanUse = { key: string; skipped: string };

/** How far an experiment is. */
export type ExperimentProgress = {
  /** What all trainings share, once it is known: with it and the configuration, the keys of all of them are. */
  shared?: { catalogue: string; /** By feature set. */ plans: Record<string, PlanUse>; backend: string };
  /** Trainings: at most, while a search may stop some early. */
  total: number;
  done: number;
  running: number;
  /** Of a search: trainings that failed, and went on without. */
  failed: number;
  /** How well it goes, in words. */
  soFar?: string;
  /** Of a search: the place of the chosen trial. */
  chosen?: number;
  overFolds?: HeadlineSpread;
  overSeeds?: HeadlineSpread;
};
