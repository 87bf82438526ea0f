import type { Utterance } from '../../core/contracts/utterance.js';
import { openSource } from '../../core/corpora/openSource.js';
import type { ThreadPool } from '../dependencies.js';
import { inParallel } from './parallel.js';

const FILES_PER_BATCH = 32;

export type InspectionOptions = {
  upload: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { files: number; filesDone: number }) => void;
};

/** Looks at every recording of the sources, in threads; one row a file, usable or not. */
export async function inspectSources(
  pool: ThreadPool,
  sources: readonly string[],
  { upload, signal, onProgress }: InspectionOptions,
): Promise<Utterance[]> {
  const batches: { source: string; from: number; to: number; upload: boolean }[] = [];
  let files = 0;
  for (const source of sources) {
    const count = await countEntries(source);
    files += count;
    for (let from = 0; from < count; from += FILES_PER_BATCH) {
      batches.push({ source, from, to: Math.min(count, from + FILES_PER_BATCH), upload });
    }
  }

  let filesDone = 0;
  const rows = await inParallel(2 * pool.threads, batches, async (batch) => {
    const inspected = await pool.run('inspectFiles', batch, signal === undefined ? {} : { signal });
    filesDone += batch.to - batch.from;
    onProgress?.({ files, filesDone });
    return inspected;
  });
  return rows.flat();
}

async function countEntries(source: string): Promise<number> {
  const entries = (await openSource(source)).entries()[Symbol.asyncIterator]();
  let count = 0;
  while ((await entries.next()).done !== true) count += 1;
  return count;
}
