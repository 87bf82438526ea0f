import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { inParallel } from '../activities/objects/parallel.js';
import { extractFiles, type FileFeatures } from '../activities/jobs/extractFiles.js';
import { SerError } from '../core/contracts/errors.js';
import { isAudioName } from '../core/corpora/source.js';
import { createThreadPool } from '../worker/threadPool.js';
import type { CommandContext } from './context.js';
import { createProgressLine } from './progressLine.js';

const FILES_PER_BATCH = 16;
/** So few files are computed before threads would have started. */
const WITHOUT_THREADS = 4;

/**
 * The files that paths name, folders with everything below them, in a stable order.
 *
 * @throws SerError `BadConfig` for a path that is not there, `DataRefused` for folders without recordings
 */
export async function listRecordings(paths: readonly string[], workingFolder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const info = await stat(resolve(workingFolder, path)).catch(() => undefined);
    if (info === undefined) {
      throw new SerError('BadConfig', 'there is no such file or folder', path, 'Name recordings, or folders of them.');
    }
    if (!info.isDirectory()) {
      found.push(path);
      continue;
    }
    const below = await readdir(resolve(workingFolder, path), { recursive: true, withFileTypes: true });
    const files = below.filter((entry) => entry.isFile() && isAudioName(entry.name));
    found.push(...files.map((entry) => join(entry.parentPath, entry.name)).sort());
  }
  if (found.length > 0) return found;
  throw new SerError(
    'DataRefused',
    'there are no recordings',
    paths.join(', '),
    'Name files, or folders that hold .wav files.',
  );
}

/** Computes features of many files in threads, in the order of the files. */
export async function featuresOf(
  paths: readonly string[],
  features: string,
  { configuration, terminal, workingFolder }: CommandContext,
): Promise<FileFeatures[]> {
  const absolute = paths.map((path) => resolve(workingFolder, path));
  const withGivenNames = (rows: FileFeatures[]) => rows.map((row, index) => ({ ...row, path: paths[index]! }));
  if (paths.length <= WITHOUT_THREADS) {
    const here = { store: () => Promise.reject(new Error('no store')), report: () => undefined };
    return withGivenNames(await extractFiles({ paths: absolute, features }, here));
  }

  const batches = Array.from({ length: Math.ceil(absolute.length / FILES_PER_BATCH) }, (_, index) =>
    absolute.slice(index * FILES_PER_BATCH, (index + 1) * FILES_PER_BATCH),
  );
  const threads = Math.min(configuration.threads || availableParallelism(), batches.length);
  const pool = createThreadPool(undefined, threads);
  const progress = createProgressLine(terminal);
  let done = 0;
  try {
    const rows = await inParallel(2 * pool.threads, batches, async (batch) => {
      const extracted = await pool.run('extractFiles', { paths: batch, features });
      done += batch.length;
      progress.update('features', done, absolute.length, `${done}/${absolute.length} files`);
      return extracted;
    });
    return withGivenNames(rows.flat());
  } finally {
    progress.clear();
    await pool.close();
  }
}

/** Says which files were refused, and why. */
export function sayRejects(rows: readonly FileFeatures[], { terminal }: CommandContext): number {
  const rejects = rows.filter((row): row is Extract<FileFeatures, { error: string }> => 'error' in row);
  for (const { path, error } of rejects) terminal.warn(`rejected ${path}: ${error}`);
  return rejects.length;
}
