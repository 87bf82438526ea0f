import type { EpochMetrics, Metrics, TrainingParameters } from './training.js';
import type { ExperimentConfig, ExperimentProgress } from './experiment.js';
import type { StageName } from './names.js';
import type { PresetName } from './presets.js';
import type { Promotion } from './promotion.js';
import type { SplitConfig } from './splits.js';

/** What a run was asked to do: the argument of the workflow `trainingRun`, or of `experiment`. */
export type RunConfig = {
  name: string;
  /** The store's address without credentials; a worker of another store refuses the run. */
  store: string;
  data: {
    /** `demo`, folders, archives, tables, remote sources; absolute paths, as the worker sees them. */
    sources: string[];
    /** Share of the files, 0 to 1, that may be rejected before the run is refused. */
    maxRejected: number;
    /** The emotion to use, by the word that the data have. */
    labelMap?: Record<string, string>;
  };
  /** What the options were taken over; the original's where it is left out. For people to read: all that counts is below. */
  preset?: PresetName;
  features: { set: string };
  split: SplitConfig;
  training: TrainingParameters;
  /** A backend by name, or `auto`. */
  backend: string;
  /**
   * Whether the model becomes the champion: when it is better by more than noise on recordings that neither was trained
   * on, when its score there is higher at all, always, or never.
   */
  promote: 'better' | 'higher' | 'always' | 'never';
  /** How many shards are extracted at a time. */
  shardsInFlight: number;
  /** What happens when shards stay failed after their last attempt: wait for `ser resume`, go on without them, or end. */
  onFailedShards: 'wait' | 'skip' | 'fail';
  /** How long a run waits for `ser resume` before it fails; for ever when left out. */
  waitAtMostSeconds?: number;
  /** Several trainings instead of one, and no model. */
  experiment?: ExperimentConfig;
};

/** Counts of one catalogue. */
export type CatalogueCounts = { files: number; usable: number; rejected: number; hours: number };

/** A reference to a finished stage: what activities hand to one another. */
export type StageReference = { key: string; reused: boolean };

export type StageState = 'waiting' | 'running' | 'reused' | 'done' | 'failed' | 'cancelled';

/** One stage of a run, as the query and `runs/<name>.json` show it. */
export type StageStatus = {
  stage: StageName;
  state: StageState;
  /** The key its output lies under, once known. */
  key?: string;
  startedAt?: string;
  finishedAt?: string;
  /** One line for people: what came out, or what failed. */
  note?: string;
};

/** How far the extraction is. */
export type ShardProgress = {
  total: number;
  /** Found finished in the store before the extraction began. */
  reused: number;
  done: number;
  failed: number;
  files: number;
  filesDone: number;
};

export type RunState = 'running' | 'awaiting-resume' | 'completed' | 'failed' | 'cancelled';

/** Three lines a person can act on. */
export type FailureLines = { kind: string; what: string; subject: string; remedy: string };

/** What a run looks like from outside: answer of the query `status`, and content of `runs/<name>.json`. */
export type RunStatus = {
  name: string;
  workflowId: string;
  executionId: string;
  state: RunState;
  config: RunConfig;
  version: string;
  startedAt: string;
  finishedAt?: string;
  stages: StageStatus[];
  shards?: ShardProgress;
  /** Shards that stayed failed, the first of them with their reason. */
  failedShards?: FailedShards;
  /** Shards that the run went on without, as ranges. */
  skippedShards?: string;
  /** The execution that this one continues. */
  origin?: string;
  catalogue?: CatalogueCounts;
  rejects?: Reject[];
  /** Headline numbers of the evaluation. */
  metrics?: Pick<Metrics, 'accuracy' | 'balancedAccuracy' | 'logLoss' | 'count'> & { macroF1: number };
  /** Of an experiment. */
  experiment?: ExperimentProgress;
  /** Whether its model became champion, with the figures that decided. */
  promotion?: Promotion;
  failure?: FailureLines;
};

/** Whether a record speaks of a run that had not ended when it was written. */
export function saysOpen({ state }: { state: string }): boolean {
  return state === 'running' || state === 'awaiting-resume';
}

/** Shards that stayed failed after their last attempt. */
export type FailedShards = {
  /** All of them, as ranges. */
  shards: string;
  count: number;
  /** The first few, with what went wrong. */
  first: FailedShard[];
};

export type FailedShard = { shard: number; what: string };

/** A file that was refused. */
export type Reject = { path: string; reason: string };

/** How far a download is: bytes of one file, or files of a corpus that comes in many. */
export type DownloadProgress = {
  what: string;
  done: number;
  /** 0 when the server does not say. */
  total: number;
  unit: 'bytes' | 'files';
  /** Of the last seconds, in the same unit. */
  perSecond?: number;
  /** Why nothing comes just now. */
  note?: string;
};

/** Heartbeat details of the fetching activity: a download, or recordings on their way into the store. */
export type FetchHeartbeat = DownloadProgress | { files: number; filesDone: number };

/** Heartbeat details of the training activity. */
export type TrainingHeartbeat = {
  epochs: number;
  last: EpochMetrics;
  /** Which network of an ensemble it is, from 1. */
  network?: { number: number; of: number };
};
