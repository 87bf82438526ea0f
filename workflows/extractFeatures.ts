import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { type ExtractionProgress, type FailedShard, PROGRESS_QUERY } from '../core/contracts/queries.js';
import { formatRanges, parseRanges } from '../core/contracts/ranges.js';
import { extractShard } from './activities.js';
import { failureLines } from './failures.js';

/** A shard is some six events; an execution ends long before the server's limits. */
const SHARDS_PER_EXECUTION = 1000;

export type ExtractFeaturesInput = {
  /** Key of the shard plan. */
  plan: string;
  /** The shards to extract, as ranges. */
  pending: string;
  /** How many are under way at a time. */
  inFlight: number;
  /** What earlier executions of the same extraction came to. */
  before?: { progress: ExtractionProgress; failed: FailedShard[]; rejected: number };
};

export type ExtractFeaturesResult = { progress: ExtractionProgress; rejected: number };

const progressQuery = defineQuery<ExtractionProgress>(PROGRESS_QUERY);

/**
 * Extracts the pending shards of a plan, a bounded number at a time. A shard that fails does not stop the others; when
 * all have been tried and some failed, the workflow fails and says which.
 */
export async function extractFeatures(input: ExtractFeaturesInput): Promise<ExtractFeaturesResult> {
  const progress = { ...(input.before?.progress ?? { done: 0, failed: 0, filesDone: 0 }) };
  const failed = [...(input.before?.failed ?? [])];
  let rejected = input.before?.rejected ?? 0;
  setHandler(progressQuery, () => progress);

  const pending = parseRanges(input.pending);
  const batch = pending.slice(0, SHARDS_PER_EXECUTION);

  let next = 0;
  async function extractOneAfterAnother(): Promise<void> {
    while (next < batch.length && !CancellationScope.current().consideredCancelled) {
      const shard = batch[next++]!;
      try {
        const done = await extractShard({ plan: input.plan, shard }, `shard ${shard}`);
        progress.done += 1;
        progress.filesDone += done.files;
        rejected += done.rejected;
      } catch (error) {
        if (isCancellation(error)) throw error;
        progress.failed += 1;
        failed.push({ shard, what: failureLines(error).what });
      }
    }
  }
  await Promise.all(Array.from({ length: input.inFlight }, extractOneAfterAnother));

  const rest = pending.slice(SHARDS_PER_EXECUTION);
  if (rest.length > 0) {
    return continueAsNew<typeof extractFeatures>({
      ...input,
      pending: formatRanges(rest),
      before: { progress, failed: failed.slice(0, 50), rejected },
    });
  }
  if (progress.failed > 0) {
    throw ApplicationFailure.create({
      type: 'ShardsFailed',
      nonRetryable: true,
      message: `${progress.failed} of ${progress.done + progress.failed} shards failed; the first, shard ${failed[0]!.shard}: ${failed[0]!.what}`,
      details: [
        {
          what: `${progress.failed} shards failed`,
          subject: formatRanges(failed.map((one) => one.shard).sort((a, b) => a - b)),
        },
      ],
    });
  }
  return { progress, rejected };
}
