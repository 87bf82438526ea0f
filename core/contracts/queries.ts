import type { ShardProgress } from './runs.js';

/** Query of `trainingRun`: a `RunStatus`. */
export const STATUS_QUERY = 'status';

/** Query of `extractFeatures`: an {@link ExtractionProgress}. */
export const PROGRESS_QUERY = 'progress';

/** How far one extraction is, over all its executions. */
export type ExtractionProgress = Pick<ShardProgress, 'done' | 'failed' | 'filesDone'>;

/** A shard that stayed failed after its last attempt. */
export type FailedShard = { shard: number; what: string };

export function extractionIdOf(runWorkflowId: string): string {
  return `${runWorkflowId}-extract`;
}
