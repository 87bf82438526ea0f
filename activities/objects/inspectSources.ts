import { randomUUID } from 'node:crypto';
import type { Utterance } from '../../core/contracts/utterance.js';
import type { AudioSource } from '../../core/corpora/source.js';
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
  sources: readonly AudioSource[],
  { upload, signal, onProgress }: InspectionOptions,
): Promise<Utterance[]> {
  const entries = sources.flatMap((source) => source.entries);
  const batches = Array.from({ length: Math.ceil(entries.length / FILES_PER_BATCH) }, (_, index) =>
    entries.slice(index * FILES_PER_BATCH, (index + 1) * FILES_PER_BATCH),
  );
  const inspection = randomUUID();
  let filesDone = 0;
  const rows = await inParallel(2 * pool.threads, batches, async (batch) => {
    const input = { entries: batch, upload, inspection };
    const inspected = await pool.run('inspectFiles', input, signal === undefined ? {} : { signal });
    filesDone += batch.length;
    onProgress?.({ files: entries.length, filesDone });
    return inspected;
  });
  return rows.flat();
}
