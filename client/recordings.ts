import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ThreadPool } from '../activities/dependencies.js';
import {
  type FileFeatures,
  featuresOfRecording,
  type FileWindows,
  type Windows,
  windowsOfRecording,
} from '../activities/jobs/extractFiles.js';
import type { FeatureSet } from '../core/contracts/features.js';
import type { CommandContext } from './context.js';
import { createProgressLine } from './progressLine.js';
import { STDIN } from './recordingList.js';

const FILES_PER_BATCH = 16;
/** So few files are computed before threads would have started. */
const WITHOUT_THREADS = 4;

/** Features of many files, batch by batch in the order of the files, each under the name it was given. */
export function featuresInOrder(
  paths: readonly string[],
  set: FeatureSet,
  context: CommandContext,
): AsyncIterable<FileFeatures[]> {
  return batchesInOrder(paths, context, {
    one: (path, read) => featuresOfRecording(path, read, set),
    many: (pool, batch) => pool.run('extractFiles', { paths: batch, features: set.name }),
  });
}

/** The same for every span of the files. */
export function windowsInOrder(
  paths: readonly string[],
  set: FeatureSet,
  windows: Windows,
  context: CommandContext,
): AsyncIterable<FileWindows[]> {
  return batchesInOrder(paths, context, {
    one: (path, read) => windowsOfRecording(path, read, set, windows),
    many: (pool, batch) => pool.run('extractWindows', { paths: batch, features: set.name, windows }),
  });
}

/** All of them at once, for tables that are written as a whole. */
export async function featuresOf(
  paths: readonly string[],
  set: FeatureSet,
  context: CommandContext,
): Promise<FileFeatures[]> {
  const rows: FileFeatures[] = [];
  for await (const batch of featuresInOrder(paths, set, context)) rows.push(...batch);
  return rows;
}

/** One recording in this thread, and many in another one. */
type Extraction<Row> = {
  one: (path: string, read: () => Promise<Uint8Array>) => Promise<Row>;
  many: (pool: ThreadPool, paths: string[]) => Promise<Row[]>;
};

async function* batchesInOrder<Row extends { path: string }>(
  paths: readonly string[],
  { configuration, terminal, workingFolder }: CommandContext,
  { one, many }: Extraction<Row>,
): AsyncGenerator<Row[]> {
  if (paths.length <= WITHOUT_THREADS || paths.includes(STDIN)) {
    for (const path of paths) yield [await one(path, () => readRecording(path, workingFolder))];
    return;
  }
  const batches = Array.from({ length: Math.ceil(paths.length / FILES_PER_BATCH) }, (_, index) =>
    paths.slice(index * FILES_PER_BATCH, (index + 1) * FILES_PER_BATCH),
  );
  const { createThreadPool } = await import('../worker/threadPool.js');
  const pool = createThreadPool(undefined, Math.min(configuration.threads || availableParallelism(), batches.length));
  const progress = createProgressLine(terminal);
  let done = 0;
  try {
    const running = inOrder(2 * pool.threads, batches, async (batch) => {
      const rows = await many(
        pool,
        batch.map((path) => resolve(workingFolder, path)),
      );
      done += batch.length;
      progress.update('recordings', done, paths.length, `${done}/${paths.length} files`);
      return rows.map((row, index) => ({ ...row, path: batch[index]! }));
    });
    yield* running;
  } finally {
    progress.clear();
    await pool.close();
  }
}

function readRecording(path: string, workingFolder: string): Promise<Uint8Array> {
  return path === STDIN ? buffer(process.stdin) : readFile(resolve(workingFolder, path));
}

/** Results in the order of the items, of which at most `width` are worked on or wait to be taken. */
async function* inOrder<Item, Result>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead: Promise<Result>[] = [];
  for (const item of items) {
    const started = work(item);
    started.catch(() => undefined); // its failure is met when its turn comes
    ahead.push(started);
    if (ahead.length >= width) yield await ahead.shift()!;
  }
  while (ahead.length > 0) yield await ahead.shift()!;
}

/** Says which files were refused, and why. */
export function sayRejects(rows: readonly FileFeatures[], { terminal }: CommandContext): number {
  const rejects = rows.filter((row): row is Extract<FileFeatures, { error: string }> => 'error' in row);
  for (const { path, error } of rejects) terminal.warn(`rejected ${path}: ${error}`);
  return rejects.length;
}
