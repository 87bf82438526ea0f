import {
  CancellationScope,
  continueAsNew,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { createPaceMeter, rateOf } from '../core/contracts/pace.js';
import { type ExtractionProgress, PROGRESS_QUERY, type ShardCounts } from '../core/contracts/queries.js';
import { formatRanges, parseRanges } from '../core/contracts/ranges.js';
import type { FailedShard, FailedShards } from '../core/contracts/runs.js';
import { summarised } from './activities.js';
import { failureLines } from './failures.js';

/** A shard is some six events; an execution ends long before the server's limits. */
const SHARDS_PER_EXECUTION = 1000;

/** So many failures are told with their reason; of the others only the number is kept. */
const FAILURES_TOLD = 20;

export type ExtractFeaturesInput = {
  /** Key of the shard plan. */
  plan: string;
  /** The shards to extract, as ranges. */
  pending: string;
  /** How many are under way at a time. */
  inFlight: number;
  /** What earlier executions of the same extraction came to. */
  before?: ExtractFeaturesResult;
};

export type ExtractFeaturesResult = { progress: ShardCounts; rejected: number; failed: FailedShards };

const progressQuery = defineQuery<ExtractionProgress>(PROGRESS_QUERY);

/** Extracts the pending shards of a plan, a bounded number at a time. A shard that fails does not stop the others. */
export async function extractFeatures(input: ExtractFeaturesInput): Promise<ExtractFeaturesResult> {
  const progress = { ...(input.before?.progress ?? { done: 0, failed: 0, filesDone: 0 }) };
  const failed: FailedShard[] = [];
  let rejected = input.before?.rejected ?? 0;
  const meter = createPaceMeter(Date.now());
  const told = (): ExtractionProgress => {
    const pace = meter.pace();
    return { ...progress, ...(pace && { pace }) };
  };
  setHandler(progressQuery, told);

  const pending = parseRanges(input.pending);
  const total = progress.done + progress.failed + pending.length;
  const batch = pending.slice(0, SHARDS_PER_EXECUTION);

  let next = 0;
  async function extractOneAfterAnother(): Promise<void> {
    while (next < batch.length && !CancellationScope.current().consideredCancelled) {
      const shard = batch[next++]!;
      try {
        const done = await summarised.extractShard(`shard ${shard}`, { plan: input.plan, shard });
        progress.done += 1;
        progress.filesDone += done.files;
        rejected += done.rejected;
        if (!done.reused) meter.count(done.files, Date.now());
      } catch (error) {
        if (isCancellation(error)) throw error;
        progress.failed += 1;
        failed.push({ shard, what: wordsOf(error) });
      }
      setCurrentDetails(detailsOf(told(), total, failed));
    }
  }
  await Promise.all(Array.from({ length: input.inFlight }, extractOneAfterAnother));

  const result = { progress, rejected, failed: addFailures(input.before?.failed, failed) };
  const rest = pending.slice(SHARDS_PER_EXECUTION);
  if (rest.length === 0) return result;
  return continueAsNew<typeof extractFeatures>({ ...input, pending: formatRanges(rest), before: result });
}

/** What the Temporal UI shows of it. */
function detailsOf(
  { done, filesDone, pace }: ExtractionProgress,
  total: number,
  failed: readonly FailedShard[],
): string {
  const rate = pace && rateOf(pace, Date.now());
  const speed = rate === undefined ? '' : `, ${rate.toFixed(1)} files/s`;
  return [
    `**${done} of ${total}** shards extracted, ${filesDone} files${speed}`,
    '',
    ...failed.slice(0, FAILURES_TOLD).map(({ shard, what }) => `- shard ${shard} failed: ${what}`),
  ].join('\n');
}

function wordsOf(error: unknown): string {
  const { what, subject } = failureLines(error);
  return subject === '' ? what : `${subject}: ${what}`;
}

function addFailures(before: FailedShards | undefined, failed: readonly FailedShard[]): FailedShards {
  const shards = [...parseRanges(before?.shards ?? ''), ...failed.map(({ shard }) => shard)].sort((a, b) => a - b);
  const first = [...(before?.first ?? []), ...failed].sort((a, b) => a.shard - b.shard).slice(0, FAILURES_TOLD);
  return { shards: formatRanges(shards), count: shards.length, first };
}
