import { loadAudio } from '../../core/audio/loadAudio.js';
import { SerError } from '../../core/contracts/errors.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { Reject } from '../../core/contracts/runs.js';
import { featureSet } from '../../core/features/registry.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type FeatureTable, shardFiles } from '../objects/featureTable.js';
import { type PlannedShard, readPlan } from '../objects/planObject.js';
import { extractorOf } from './extractors.js';
import type { Job } from './job.js';

export type ExtractShardInput = { plan: string; shard: number };
export type ExtractShardOutput = { files: Map<string, Uint8Array>; recordings: number; rejects: Reject[] };

/** How many recordings are on their way from the store while one is computed. */
const READ_AHEAD = 4;

/** Reads, decodes and computes every recording of one shard. */
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
  const { table, rejects } = await compute(store, set, plan.shards[shard]!, (filesDone, files) =>
    context.report({ shard, filesDone, files }),
  );
  return { files: shardFiles(table), recordings: table.sha256s.length, rejects };
};

async function compute(
  store: ObjectStore,
  set: FeatureSet,
  { recordings }: PlannedShard,
  onProgress: (done: number, total: number) => void,
): Promise<{ table: FeatureTable; rejects: Reject[] }> {
  const extract = extractorOf(set);
  const rejects: Reject[] = [];
  const sha256s: string[] = [];
  const values = new Float64Array(recordings.length * set.columns.length);
  const reads = recordings.slice(0, READ_AHEAD).map((recording) => read(store, recording));

  for (const [index, recording] of recordings.entries()) {
    const bytes = await reads.shift()!;
    const ahead = recordings[index + READ_AHEAD];
    if (ahead !== undefined) reads.push(read(store, ahead));
    try {
      if (bytes instanceof Error) throw bytes;
      const samples = await loadAudio(bytes, recording.audio, set);
      values.set(extract(samples), sha256s.length * set.columns.length);
      sha256s.push(recording.sha256);
    } catch (error) {
      if (!(error instanceof SerError && error.kind === 'BadInput')) throw error;
      rejects.push({ path: recording.audio, reason: error.what });
    }
    onProgress(index + 1, recordings.length);
  }
  return {
    table: { columns: set.columns, sha256s, values: values.subarray(0, sha256s.length * set.columns.length) },
    rejects,
  };
}

/** The bytes of a recording, or the error: a rejected promise that nobody awaits yet would end the thread. */
async function read(
  store: ObjectStore,
  { sha256, audio }: PlannedShard['recordings'][number],
): Promise<Uint8Array | Error> {
  try {
    const bytes = await store.get(audio);
    if (bytes === undefined) {
      return new SerError(
        'StoreUnavailable',
        'is not in the store',
        `${store.url}/${audio}`,
        'Run again to fetch it anew.',
      );
    }
    if (sha256Of(bytes) !== sha256) {
      return new SerError(
        'StoreUnavailable',
        'is altered in the store',
        `${store.url}/${audio}`,
        'Delete it and run again.',
      );
    }
    return bytes;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
