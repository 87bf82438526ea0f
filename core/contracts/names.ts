/** The version of the program: written into manifests and worker identities, never part of a key. */
export const VERSION = '0.1.0';

/** `ser`: workflows and light activities. `ser-extract`: CPU. `ser-train`: GPU or CPU. */
export const TASK_QUEUES = { main: 'ser', extract: 'ser-extract', train: 'ser-train' } as const;

export type TaskQueue = (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES];

/** In the order in which a training run goes through them; `checkData` only in a retraining. */
export const STAGES = [
  'fetchCorpus',
  'planShards',
  'extractFeatures',
  'checkData',
  'splitUtterances',
  'trainModel',
  'evaluateModel',
  'writeReport',
  'promoteModel',
] as const;

/** The same of an experiment: `searchTrials` only where there is something to choose. */
export const EXPERIMENT_STAGES = [
  'fetchCorpus',
  'planShards',
  'extractFeatures',
  'searchTrials',
  'runTrials',
  'poolTrials',
  'writeReport',
] as const;

/** The same of a batch of predictions. */
export const PREDICTION_STAGES = ['fetchRecordings', 'planShards', 'extractFeatures', 'predictRecordings'] as const;

export type StageName =
  (typeof STAGES)[number] | (typeof EXPERIMENT_STAGES)[number] | (typeof PREDICTION_STAGES)[number];

const RUN_NAME = /^(?!.*-extract$)[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

/**
 * Letters, digits, `.`, `_`, `-`; at most 60 characters, the first a letter or a digit, and no `-extract` at the end: that is the
 * end of the workflow id of a run's extraction.
 */
export function isRunName(name: string): boolean {
  return RUN_NAME.test(name);
}

export function workflowIdOfRun(name: string): string {
  return `ser-run-${name}`;
}

/** What the identity of a worker tells. */
export type WorkerIdentity = {
  version: string;
  storeUrl: string;
  /** Names of the keys that it reads payloads by; the first of them writes. */
  keyIds: readonly string[];
};

/** What a worker calls itself, so that a client sees which version polls a queue, for which store, by which keys. */
export function workerIdentity(storeUrl: string, host: string, pid: number, keyIds: readonly string[] = []): string {
  const keys = keyIds.length === 0 ? '' : ` key=${keyIds.join(',')}`;
  return `ser/${VERSION} ${storeUrl}${keys} ${host}:${pid}`;
}

/** What a worker's identity tells; undefined for a worker of another program. */
export function parseIdentity(identity: string): WorkerIdentity | undefined {
  const match = /^ser\/(\S+) (.+?)(?: key=([0-9a-f]{16}(?:,[0-9a-f]{16})*))? \S+:\d+$/.exec(identity);
  if (match === null) return undefined;
  const [, version = '', storeUrl = '', keys] = match;
  return { version, storeUrl, keyIds: keys?.split(',') ?? [] };
}
