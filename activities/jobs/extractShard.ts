import { augmentSamples } from '../../core/audio/augment.js';
import { createAudioLoader } from '../../core/audio/loadAudio.js';
import { SerError } from '../../core/contracts/errors.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { Reject } from '../../core/contracts/runs.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type FeatureTable, shardFiles } from '../objects/featureTable.js';
import { type PlannedShard, readPlan } from '../objects/planObject.js';
import { extractorOf } from './extractors.js';
import type { Job } from './job.js';
import { readInTurn } from './readInTurn.js';
import { atWorkbench, type Workbench } from './workbench.js';

export type ExtractShardInput = { plan: string; shard: number };
export type ExtractShardOutput = { files: Map<string, Uint8Array>; recordings: number; rejects: Reject[] };

/** A word to the main thread costs some 50 us; nobody needs one for every recording. */
const FILES_PER_REPORT = 8;

/** Reads, decodes, alters where that is asked for, and computes every recording of one shard. */
export const extractShard: Job<ExtractShardInput, ExtractShardOutput> = async ({ plan: planKey, shard }, context) => {
  const store = await context.store();
  const plan = await readPlan(store, planKey);
  const set = featureSet(plan.featureSet.name);
  if (set.version !== plan.featureSet.version) {
    throw new SerError(
      'Incompatible',
      `this worker computes version ${set.version}, the run wants version ${plan.featureSet.version}`,
      `feature set ${set.name}`,
      'Start the run again with the same version of the program as its workers.',
    );
  }
  const { table, rejects } = await atWorkbench((bench) =>
    compute(bench, store, set, plan.shards[shard]!, (filesDone, files) => context.report({ shard, filesDone, files })),
  );
  return { files: shardFiles(table), recordings: table.sha256s.length, rejects };
};

async function compute(
  { arena, rooms }: Workbench,
  store: ObjectStore,
  set: FeatureSet,
  { recordings, augment }: PlannedShard,
  onProgress: (done: number, total: number) => void,
): Promise<{ table: FeatureTable; rejects: Reject[] }> {
  const extract = extractorOf(set);
  const load = createAudioLoader(set, arena);
  const rejects: Reject[] = [];
  const sha256s: string[] = [];
  const values = new Float64Array(recordings.length * set.columns.length);

  let done = 0;
  for await (const bytes of readInTurn(store, recordings, rooms)) {
    const { sha256, audio } = recordings[done]!;
    try {
      const samples = await load(bytes, audio);
      const heard = augment === undefined ? samples : augmentSamples(samples, set.sampleRate, augment, sha256);
      values.set(extract(heard), sha256s.length * set.columns.length);
      sha256s.push(sha256);
    } catch (error) {
      if (!(error instanceof SerError && error.kind === 'BadInput')) throw error;
      rejects.push({ path: audio, reason: error.what });
    }
    done += 1;
    if (done % FILES_PER_REPORT === 0 || done === recordings.length) onProgress(done, recordings.length);
  }
  return {
    table: { columns: set.columns, sha256s, values: values.subarray(0, sha256s.length * set.columns.length) },
    rejects,
  };
}
