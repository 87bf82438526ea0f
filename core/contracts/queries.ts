import type { Pace } from './pace.js';
import type { ShardProgress } from './runs.js';

/** Query of `trainingRun`: a `RunStatus`. */
export const STATUS_QUERY = 'status';

/** Query of `extractFeatures`: an {@link ExtractionProgress}. */
export const PROGRESS_QUERY = 'progress';

/** How far one extraction is, over all its executions, and how fast its latest shards were computed. */
export type ExtractionProgress = ShardCounts & { pace?: Pace };

export type ShardCounts = Pick<ShardProgress, 'done' | 'failed' | 'filesDone'>;

/** Signal of `trainingRun`: a {@link ResumeRequest}. */
export const RESUME_SIGNAL = 'resume';

/** What a run that waits is told: try the failed shards again, or go on without them. */
export type ResumeRequest = { skipFailed: boolean };

export function extractionIdOf(runWorkflowId: string): string {
  return `${runWorkflowId}-extract`;
}

/** The name of the run or batch that a workflow belongs to, itself or as its extraction; the id itself for others. */
export function runOfWorkflow(workflowId: string): string {
  const [, run, batch] = /^(?:ser-run-(.+?)|(ser-predict-.+?))(?:-extract)?$/.exec(workflowId) ?? [];
  return run ?? batch ?? workflowId;
}
