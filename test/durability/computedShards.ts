import { loadManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';

/** A shard that a worker began to compute. */
export type ComputedShard = {
  shard: number;
  /** Where its output lies. */
  folder: string;
  /** The host of the worker. */
  machine: string;
  startedAt: string;
};

/** What a line of a worker's log says of a shard that is computed for a store; undefined when it says something else. */
export function computedShard(line: string, storeUrl: string): ComputedShard | undefined {
  if (!line.includes('"computing shard"')) return undefined;
  const {
    store,
    hostname: machine,
    ...shard
  } = JSON.parse(line) as ComputedShard & { store: string; hostname: string };
  return store === storeUrl ? { ...shard, machine } : undefined;
}

/** Those of the shards that a worker began to compute after their manifest stood. */
export async function computedAgain(shards: readonly ComputedShard[], store: ObjectStore): Promise<string[]> {
  const again: string[] = [];
  for (const { folder, startedAt } of shards) {
    const manifest = await loadManifest(store, folder);
    if (manifest === undefined || startedAt > manifest.createdAt) again.push(`${folder} at ${startedAt}`);
  }
  return again;
}
