import { createActivities } from '../../activities/index.js';
import type { Dependencies, ThreadPool, WorkMetrics } from '../../activities/dependencies.js';
import { jobs } from '../../activities/jobs/index.js';
import type { Job } from '../../activities/jobs/job.js';
import type { Activities } from '../../core/contracts/activities.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type ActivityRun, createActivityRun } from '../support/activity.js';

export type InlinePool = ThreadPool & {
  /** How often each job was run. */
  readonly counts: Map<string, number>;
  /** Asked before a job hands bytes over to be kept; what it throws ends the job, as a kill would. */
  beforeKeep?: () => void;
};

/** A pool that runs its jobs in this thread, so that a test can count and end them. */
export function createInlinePool(store: ObjectStore): InlinePool {
  const pool: InlinePool = {
    threads: 2,
    counts: new Map(),
    async run(name, input, options = {}) {
      pool.counts.set(name, (pool.counts.get(name) ?? 0) + 1);
      const job = jobs[name] as unknown as Job<typeof input, never>;
      return job(input, {
        store: () => Promise.resolve(store),
        report: (progress) => options.onProgress?.(progress),
        keep(bytes) {
          pool.beforeKeep?.();
          options.onKeep?.(bytes);
        },
      });
    },
  };
  return pool;
}

/**
 * Every activity as a worker would run it, without a server.
 *
 * @param activityRun where all of them run; each runs by itself when left out
 */
export function activitiesOver(
  store: ObjectStore,
  pool: ThreadPool,
  activityRun?: ActivityRun,
  metrics?: WorkMetrics,
): Activities {
  const bare = createActivities({ store, pool, remote: {}, metrics } as Dependencies);
  const wrapped = Object.entries(bare).map(([name, activity]) => [
    name,
    (input: never) =>
      (activityRun ?? createActivityRun()).run(() => (activity as (input: never) => Promise<unknown>)(input)),
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

export type StageKeys = { catalogue: string; plan: string; split: string; shards: number };

/** Goes through the stages before the training, one activity after another. */
export async function prepareTraining(activities: Activities, config: RunConfig): Promise<StageKeys> {
  const catalogue = await activities.fetchCorpus({ data: config.data, store: config.store });
  const plan = await activities.planShards({ catalogue: catalogue.key, featureSet: config.features.set });
  for (const shard of parseRanges(plan.pending)) await activities.extractShard({ plan: plan.key, shard });
  const split = await activities.splitUtterances({
    catalogue: catalogue.key,
    plan: plan.key,
    skipped: '',
    split: config.split,
  });
  return { catalogue: catalogue.key, plan: plan.key, split: split.key, shards: plan.shards };
}
