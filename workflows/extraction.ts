import {
  ApplicationFailure,
  condition,
  defineSignal,
  executeChild,
  ParentClosePolicy,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanReference } from '../core/contracts/activities.js';
import { counted } from '../core/contracts/counted.js';
import { extractionIdOf, RESUME_SIGNAL, type ResumeRequest, runOfWorkflow } from '../core/contracts/queries.js';
import { isBatchId } from '../core/contracts/predictions.js';
import { parseRanges } from '../core/contracts/ranges.js';
import type { FailedShards, RunConfig, RunStatus } from '../core/contracts/runs.js';
import { extractFeatures } from './extractFeatures.js';

const resumeSignal = defineSignal<[ResumeRequest]>(RESUME_SIGNAL);

/** How a plan is extracted, and what is told of it. */
type ExtractionConfig = Pick<RunConfig, 'shardsInFlight' | 'onFailedShards' | 'waitAtMostSeconds'>;
type ExtractionStatus = Pick<RunStatus, 'shards' | 'failedShards' | 'skippedShards'>;

/** What becomes known while shards are extracted; told to whoever watches the run. */
export type ExtractionHooks = {
  /** The run begins or ends to wait for somebody. */
  onWaiting: (waiting: boolean) => Promise<void>;
};

/**
 * Extracts what a plan lacks, in a child workflow. When shards stay failed, the run waits for `resume`, goes on without
 * them, or fails, as its configuration says.
 *
 * @returns a line for people
 * @throws ApplicationFailure `ShardsFailed`
 */
export async function extractPlan(
  config: ExtractionConfig,
  status: ExtractionStatus,
  plan: PlanReference,
  { onWaiting }: ExtractionHooks,
): Promise<{ reused?: boolean; note: string }> {
  const shards = {
    total: plan.shards,
    reused: plan.shards - plan.shardsPending,
    done: 0,
    failed: 0,
    files: plan.files,
    filesDone: plan.files - plan.filesPending,
  };
  status.shards = shards;
  if (plan.pending === '') return { reused: true, note: `all ${plan.shards} shards stand` };

  let request: ResumeRequest | undefined;
  setHandler(resumeSignal, (told) => void (request = told));

  let pending = plan.pending;
  let rejected = 0;
  for (;;) {
    const result = await extractShards(plan, pending, config);
    shards.done += result.progress.done;
    shards.failed = result.progress.failed;
    shards.filesDone += result.progress.filesDone;
    rejected += result.rejected;
    if (result.failed.count === 0) break;

    status.failedShards = result.failed;
    if (config.onFailedShards === 'fail') throw shardsFailed(result.failed);
    if (config.onFailedShards === 'wait') {
      request = undefined;
      await onWaiting(true);
      const told = await waitFor(() => request !== undefined, config.waitAtMostSeconds);
      await onWaiting(false);
      if (!told) throw shardsFailed(result.failed, `nobody resumed it within ${config.waitAtMostSeconds} s`);
    }
    if (config.onFailedShards === 'skip' || request?.skipFailed === true) {
      status.skippedShards = result.failed.shards;
      break;
    }
    pending = result.failed.shards;
    shards.failed = 0;
    delete status.failedShards;
  }
  const skipped = status.skippedShards === undefined ? '' : `, ${parseRanges(status.skippedShards).length} skipped`;
  const counts = `${counted(shards.done, 'shard')} extracted, ${shards.reused} reused${skipped}`;
  return { note: `${counts}, ${rejected} recordings rejected` };
}

function extractShards(plan: PlanReference, pending: string, config: ExtractionConfig) {
  return executeChild(extractFeatures, {
    workflowId: extractionIdOf(workflowInfo().workflowId),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    args: [{ plan: plan.key, pending, inFlight: config.shardsInFlight }],
    staticSummary: `${parseRanges(pending).length} of ${plan.shards} shards`,
  });
}

/** Waits durably, at no cost; says whether it came true in time. */
async function waitFor(told: () => boolean, atMostSeconds: number | undefined): Promise<boolean> {
  if (atMostSeconds !== undefined) return condition(told, atMostSeconds * 1000);
  await condition(told);
  return true;
}

function shardsFailed({ shards, count, first }: FailedShards, addition = ''): ApplicationFailure {
  const reason = `${counted(count, 'shard')} stayed failed (${shards}); shard ${first[0]?.shard}: ${first[0]?.what}`;
  const name = runOfWorkflow(workflowInfo().workflowId);
  const [kind, again] = isBatchId(name)
    ? ['batch', 'type the same `./ser predict --workflow` again']
    : ['run', `\`./ser resume ${name}\``];
  return ApplicationFailure.create({
    type: 'ShardsFailed',
    nonRetryable: true,
    message: reason,
    details: [
      {
        what: addition === '' ? reason : `${reason}; ${addition}`,
        subject: `${kind} ${name}`,
        remedy: `Mend the cause, then ${again}: these shards alone are tried, and all the others reused.`,
      },
    ],
  });
}
