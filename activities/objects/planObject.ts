import type { FeatureSetReference } from '../../core/contracts/features.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import { planSpec, SHARD_MEAN_SIZE, shardSpec, type StageSpec } from '../../core/contracts/stages.js';
import type { Augmentation } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { planShards } from '../../core/corpora/shards.js';
import { manifestKey } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { locateStage } from '../../core/store/stage.js';
import { audioKey } from './audio.js';
import { inParallel } from './parallel.js';
import { jsonBytes, parseJson, readStageOutput } from './stageOutput.js';

/** Which recordings are extracted together, and where the result of each shard lies. */
export type ShardPlan = { format: 1; catalogue: string; featureSet: FeatureSetReference; shards: PlannedShard[] };

export type PlannedShard = {
  corpus: string;
  /** Where the shard's features lie: `features/<set>/<key>`. */
  folder: string;
  /** What its recordings are altered by; their features are then those of copies. */
  augment?: Augmentation;
  /** Ascending by hash. */
  recordings: { sha256: string; audio: string }[];
};

const FILE = 'plan.json';

export function specOfPlan(
  catalogue: string,
  featureSet: FeatureSetReference,
  augment?: readonly Augmentation[],
): StageSpec {
  return planSpec(catalogue, featureSet, augment);
}

/** Cuts the usable recordings of a catalogue into shards: once as they are, then once for each augmentation. */
export function makePlan(
  catalogue: string,
  rows: readonly Utterance[],
  featureSet: FeatureSetReference,
  augment: readonly Augmentation[] = [],
): ShardPlan {
  const usable = rows.filter((row) => row.status === 'ok');
  const audioOf = new Map(usable.map((row) => [row.sha256, audioKey(row)]));
  const cut = planShards(usable, { meanSize: SHARD_MEAN_SIZE });
  const shards = [undefined, ...augment].flatMap((augmentation) =>
    cut.map(({ corpus, sha256s }): PlannedShard => ({
      corpus,
      folder: locateStage(specOfShard(sha256s, featureSet, augmentation)).folder,
      ...(augmentation === undefined ? {} : { augment: augmentation }),
      recordings: sha256s.map((sha256) => ({ sha256, audio: audioOf.get(sha256)! })),
    })),
  );
  return { format: 1, catalogue, featureSet, shards };
}

export function specOfShard(
  sha256s: readonly string[],
  featureSet: FeatureSetReference,
  augment?: Augmentation,
): StageSpec {
  return shardSpec(sha256s, featureSet, augment);
}

export function planFiles(plan: ShardPlan): Map<string, Uint8Array> {
  return new Map([[FILE, jsonBytes(plan)]]);
}

/** Plans are read once a shard, so the one in use is kept; its key is a hash, so it can't grow old. */
let latest: { address: string; plan: Promise<ShardPlan> } | undefined;

export function readPlan(store: ObjectStore, key: string): Promise<ShardPlan> {
  const address = `${store.url}/${key}`;
  if (latest?.address !== address) {
    const plan = readStageOutput(store, `plans/${key}`, FILE).then((bytes) => parseJson<ShardPlan>(bytes));
    latest = { address, plan };
    plan.catch(() => (latest = undefined));
  }
  return latest.plan;
}

/** The shards of a plan without those that the run goes on without, given as ranges. */
export function shardsWithout(plan: ShardPlan, skipped: string): PlannedShard[] {
  const left = new Set(parseRanges(skipped));
  return plan.shards.filter((_, index) => !left.has(index));
}

/** The shards of a plan that do not stand in the store yet, ascending. */
export async function pendingShards(store: ObjectStore, plan: ShardPlan): Promise<number[]> {
  const standing = await inParallel(16, plan.shards, async (shard) => store.head(manifestKey(shard.folder)));
  return standing.flatMap((info, index) => (info === undefined ? [index] : []));
}
