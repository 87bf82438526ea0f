import type { FailureLines, RunConfig } from './runs.js';
import type { Promotion } from './promotion.js';
import type { SearchAttributeName } from './searchAttributes.js';

/** What a schedule does each time: the argument of the workflow `retrain`. */
export type RetrainConfig = {
  /** The name of the schedule: runs are named after it and the time. */
  schedule: string;
  /** What to train; each run gets a name of its own. */
  run: Omit<RunConfig, 'name'>;
  /** How many feature values of new recordings may be unusual: a share of all of them. */
  maxDrift: number;
  /** Told by a signed POST when a retraining fails. */
  onFailure?: string;
  /** So many of its completed runs stay recorded, the newest; every run when left out. */
  keep?: number;
  /** What the server took, when the schedule was made, of the attributes that runs are found by. */
  searchAttributes?: SearchAttributeName[];
};

/** Content of `schedules/<name>.json`: the last retraining that succeeded. */
export type LastRetraining = {
  run: string;
  catalogue: string;
  plan: string;
  /** What was trained, as JSON: another configuration is reason enough to train on the same data. */
  settings: string;
  finishedAt: string;
};

/** What the check of new data looks at. */
export type DataCheckInput = {
  catalogue: string;
  plan: string;
  /** Shards that the run goes on without, as ranges. */
  skipped: string;
  baseline: { catalogue: string; plan: string; maxDrift: number };
};

/** What the check of new data came to. */
export type DataCheck = {
  newRecordings: number;
  /** The share of their feature values that are outside of what was usual before; left out when too few are new. */
  drift?: number;
  /** One line for people. */
  note: string;
};

export type RetrainOutcome = {
  outcome: 'unchanged' | 'trained';
  /** The run that trained, or the one whose data these still are. */
  run: string;
  note: string;
  promotion?: Promotion;
};

/** What a webhook is told. */
export type FailureEvent = {
  event: 'retraining.failed';
  /** The same each time the same failure is told: a receiver may hear of it more than once. */
  id: string;
  schedule: string;
  workflowId: string;
  at: string;
  failure: FailureLines;
};

export function scheduleIdOf(name: string): string {
  return `ser-schedule-${name}`;
}

/** The server adds the time to it. */
export function retrainIdOf(schedule: string): string {
  return `ser-retrain-${schedule}`;
}

/** The run of one retraining: `weekly-20260301-020000`, in UTC. */
export function runNameOf(schedule: string, startedAt: Date): string {
  const [date = '', time = ''] = startedAt.toISOString().slice(0, 19).split('T');
  return `${schedule}-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`;
}

/** Whether a run has a name that `runNameOf` gives the runs of a schedule. */
export function isRunOf(schedule: string, run: string): boolean {
  return run.startsWith(`${schedule}-`) && /^\d{8}-\d{6}$/.test(run.slice(schedule.length + 1));
}

/** A schedule's name leaves room for the time in the names of its runs. */
export const SCHEDULE_NAME_LENGTH = 40;
