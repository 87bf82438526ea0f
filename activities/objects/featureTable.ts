import { SerError } from '../../core/contracts/errors.js';
import type { Reject } from '../../core/contracts/runs.js';
import type { Augmentation } from '../../core/contracts/training.js';
import { loadManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { doublesOf, readParquet, stringsOf, writeParquet } from '../../core/store/parquet.js';
import { inParallel } from './parallel.js';
import type { PlannedShard, ShardPlan } from './planObject.js';
import { readStageOutput, standingManifest } from './stageOutput.js';

/** Vectors of features, one row a recording. */
export type FeatureTable = {
  columns: readonly string[];
  sha256s: string[];
  /** Rows x columns, row by row. */
  values: Float64Array;
};

const FILE = 'shard.parquet';

/** The output of a shard, its rejects in the manifest. */
export function shardFiles({ columns, sha256s, values }: FeatureTable): Map<string, Uint8Array> {
  const table = columns.map((name, column) => {
    const data = new Float64Array(sha256s.length);
    for (let row = 0; row < data.length; row++) data[row] = values[row * columns.length + column]!;
    return { name, type: 'DOUBLE' as const, data };
  });
  return new Map([[FILE, writeParquet([{ name: 'sha256', type: 'STRING', data: sha256s }, ...table])]]);
}

/**
 * The shards of a plan that hold some recordings as one table, in the order of the plan. Other shards may be missing: a
 * run may have gone on without them.
 */
export async function readFeatures(
  store: ObjectStore,
  plan: ShardPlan,
  columns: readonly string[],
  wanted: Iterable<string>,
): Promise<FeatureTable> {
  const recordings = new Set(wanted);
  const holding = plan.shards.filter((shard) => shard.augment === undefined && holds(shard, recordings));
  return readShards(store, holding, columns);
}

/** The same of altered copies. Some may be missing: their shard failed, or they had no features. */
export async function readCopies(
  store: ObjectStore,
  plan: ShardPlan,
  columns: readonly string[],
  wanted: Iterable<string>,
  { kind, amount }: Augmentation,
): Promise<FeatureTable> {
  const recordings = new Set(wanted);
  const copied = plan.shards.filter(({ augment }) => augment?.kind === kind && augment.amount === amount);
  const holding = copied.filter((shard) => holds(shard, recordings));
  const standing = await inParallel(8, holding, async (shard) => {
    return (await loadManifest(store, shard.folder)) === undefined ? [] : [shard];
  });
  return readShards(store, standing.flat(), columns);
}

function holds(shard: PlannedShard, recordings: ReadonlySet<string>): boolean {
  return shard.recordings.some(({ sha256 }) => recordings.has(sha256));
}

async function readShards(
  store: ObjectStore,
  planned: readonly PlannedShard[],
  columns: readonly string[],
): Promise<FeatureTable> {
  const shards = await inParallel(8, planned, async ({ folder }) =>
    readParquet(await readStageOutput(store, folder, FILE), ['sha256', ...columns]),
  );
  const sha256s = shards.flatMap((shard) => stringsOf(shard, 'sha256'));
  const values = new Float64Array(sha256s.length * columns.length);
  let firstRow = 0;
  for (const shard of shards) {
    columns.forEach((name, column) => {
      const data = doublesOf(shard, name);
      for (let row = 0; row < data.length; row++) values[(firstRow + row) * columns.length + column] = data[row]!;
    });
    firstRow += shard.rowCount;
  }
  return { columns, sha256s, values };
}

/** What the extraction of some shards had to refuse, by the name of the recording in the store; copies do not count. */
export async function extractionRejects(store: ObjectStore, shards: readonly PlannedShard[]): Promise<Reject[]> {
  const originals = shards.filter(({ augment }) => augment === undefined);
  const manifests = await inParallel(16, originals, ({ folder }) => standingManifest(store, folder));
  return manifests.flatMap((manifest) => (manifest.details?.['rejects'] ?? []) as unknown as Reject[]);
}

/**
 * The rows of some recordings, in the order asked for.
 *
 * @throws SerError `Incompatible` when the table lacks one of them
 */
export function rowsOf(table: FeatureTable, sha256s: readonly string[]): Float64Array {
  const width = table.columns.length;
  const rowOf = new Map(table.sha256s.map((sha256, row) => [sha256, row]));
  const rows = new Float64Array(sha256s.length * width);
  sha256s.forEach((sha256, index) => {
    const row = rowOf.get(sha256);
    if (row === undefined) throw new SerError('Incompatible', 'no features were extracted for it', sha256);
    rows.set(table.values.subarray(row * width, (row + 1) * width), index * width);
  });
  return rows;
}
