import type { Activities } from '../core/contracts/activities.js';
import { formatRanges } from '../core/contracts/ranges.js';
import { featureSet } from '../core/features/registry.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readCatalogue } from './objects/catalogueObject.js';
import { makePlan, pendingShards, planFiles, readPlan, specOfPlan } from './objects/planObject.js';

/** Cuts a catalogue into shards and finds out which of them are extracted already. */
export function planShards({ store }: Dependencies): Activities['planShards'] {
  return ({ catalogue, featureSet: setName, augment }) =>
    beating(async () => {
      const { name, version } = featureSet(setName);
      const { key, reused } = await runStage(store, specOfPlan(catalogue, { name, version }, augment), async () => ({
        files: planFiles(makePlan(catalogue, await readCatalogue(store, catalogue), { name, version }, augment)),
      }));
      const plan = await readPlan(store, key);
      const pending = await pendingShards(store, plan);
      const countFiles = (shards: typeof plan.shards) =>
        shards.reduce((sum, shard) => sum + shard.recordings.length, 0);
      return {
        key,
        reused,
        shards: plan.shards.length,
        files: countFiles(plan.shards),
        pending: formatRanges(pending),
        shardsPending: pending.length,
        filesPending: countFiles(pending.map((index) => plan.shards[index]!)),
      };
    });
}
