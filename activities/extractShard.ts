import { log } from '@temporalio/activity';
import type { Activities } from '../core/contracts/activities.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readPlan, specOfShard } from './objects/planObject.js';

/** Computes the features of one shard, unless they stand in the store. */
export function extractShard({ store, pool, metrics }: Dependencies): Activities['extractShard'] {
  return ({ plan: planKey, shard }) =>
    beating(async ({ signal, report }) => {
      const plan = await readPlan(store, planKey);
      const { recordings: planned, augment } = plan.shards[shard]!;
      const recordings = planned.map(({ sha256 }) => sha256);
      const { key, reused, manifest } = await runStage(
        store,
        specOfShard(recordings, plan.featureSet, augment),
        async () => {
          log.info('computing shard', {
            shard,
            folder: plan.shards[shard]!.folder,
            store: store.url,
            startedAt: new Date().toISOString(), // the SDK holds log lines back for a moment
          });
          const started = performance.now();
          const { files, rejects } = await pool.run(
            'extractShard',
            { plan: planKey, shard },
            { signal, onProgress: report },
          );
          const seconds = (performance.now() - started) / 1000;
          metrics?.countShard(plan.featureSet.name, recordings.length - rejects.length, seconds);
          metrics?.countRejects('extractShard', plan.featureSet.name, rejects.length);
          return { files, details: { rejects } };
        },
        signal,
      );
      const rejected = (manifest.details?.['rejects'] as readonly unknown[] | undefined)?.length ?? 0;
      return { key, reused, shard, files: recordings.length, rejected };
    });
}
