import type { RunStatus, StageReference } from './runs.js';

/** What the workflow `predictBatch` is asked: references only, however many recordings there are. */
export type BatchConfig = {
  /** The store's address without credentials; a worker of another store refuses the batch. */
  store: string;
  /** Key of the list of recordings. */
  list: string;
  /** Key of the model, and the feature set that it takes. */
  model: string;
  featureSet: string;
  /** How many shards are extracted at a time. */
  shardsInFlight: number;
};

/** The table of predictions: how many rows have an answer, and how many their error instead. */
export type PredictionsReference = StageReference & { answered: number; rejected: number };

/** Answer of the query `status` of a batch. */
export type BatchStatus = Pick<
  RunStatus,
  'name' | 'workflowId' | 'executionId' | 'state' | 'startedAt' | 'stages' | 'shards' | 'failedShards' | 'skippedShards'
>;

/** The same recordings by the same model are the same batch. */
export function workflowIdOfBatch({ list, model }: Pick<BatchConfig, 'list' | 'model'>): string {
  return `ser-predict-${list.slice(0, 16)}-${model.slice(0, 16)}`;
}

/** Whether a name is the workflow id of a batch, which is all the name that a batch has. */
export function isBatchId(name: string): boolean {
  return /^ser-predict-[0-9a-f]{16}-[0-9a-f]{16}$/.test(name);
}

const SHORT_SECONDS = 1;
const SILENT_PEAK = 1e-3;
const CLIPPED_PEAK = 0.999;

/**
 * What there is to say of a recording whose emotion can be told all the same.
 *
 * @param peak largest absolute sample, full scale = 1
 */
export function warningsOf(durationSeconds: number, peak: number): string[] {
  return [
    ...(durationSeconds < SHORT_SECONDS ? [`shorter than ${SHORT_SECONDS} s`] : []),
    ...(peak < SILENT_PEAK ? ['nearly silent'] : []),
    ...(peak >= CLIPPED_PEAK ? ['clipped'] : []),
  ];
}

/** Why a model that measures speakers has no answer for a recording. */
export const ONLY_RECORDING = 'its speaker has no other recording to be measured against';
