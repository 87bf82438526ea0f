import type { Utterance } from '../../core/contracts/utterance.js';
import { utteranceOf } from '../../core/corpora/inspectEntry.js';
import { type InspectionIndex, openInspectionIndex } from '../../core/corpora/inspectionIndex.js';
import type { AudioSource, SourceEntry } from '../../core/corpora/source.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import type { ThreadPool } from '../dependencies.js';
import { audioKey, sizesOfAudio } from './audio.js';
import { inParallel } from './parallel.js';
import { shareStanding } from './standingAudio.js';

const FILES_PER_BATCH = 32;

export type InspectionOptions = {
  /** Where usable recordings go; a look that only looks has none. */
  store?: ObjectStore;
  /** Where what was found is kept, so that files which have not changed are not read again; left out, every file is read. */
  cacheFolder?: string | undefined;
  signal?: AbortSignal;
  onProgress?: (progress: { files: number; filesDone: number }) => void;
};

/** One file, its row once that is known, and the index of its source. */
type Look = { entry: SourceEntry; index: InspectionIndex | undefined; row?: Utterance };

/** Looks at every recording of the sources, in threads; one row a file, usable or not. */
export async function inspectSources(
  pool: ThreadPool,
  sources: readonly AudioSource[],
  options: InspectionOptions,
): Promise<Utterance[]> {
  const { cacheFolder, store, signal, onProgress } = options;
  const indexes = await Promise.all(
    sources.map(async ({ spec }) => (cacheFolder === undefined ? undefined : openInspectionIndex(cacheFolder, spec))),
  );
  const looks = sources.flatMap(({ entries }, at) => entries.map((entry): Look => ({ entry, index: indexes[at] })));
  const sizes = store === undefined ? undefined : await sizesOfAudio(store);
  if (cacheFolder !== undefined) recall(looks, sizes);

  const unseen = looks.filter(({ row }) => row === undefined);
  const batches = Array.from({ length: Math.ceil(unseen.length / FILES_PER_BATCH) }, (_, index) =>
    unseen.slice(index * FILES_PER_BATCH, (index + 1) * FILES_PER_BATCH),
  );
  const standing = sizes === undefined ? {} : { standing: shareStanding(sizes) };
  let filesDone = looks.length - unseen.length;
  try {
    await inParallel(2 * pool.threads, batches, async (batch) => {
      const input = { entries: batch.map(({ entry }) => entry), ...standing };
      const inspected = await pool.run('inspectFiles', input, signal === undefined ? {} : { signal });
      for (const [at, { measured, readAtMs }] of inspected.entries()) {
        const look = batch[at]!;
        look.row = utteranceOf(look.entry, measured);
        if (readAtMs !== undefined) look.index?.add(look.entry, measured, readAtMs);
      }
      filesDone += batch.length;
      onProgress?.({ files: looks.length, filesDone });
    });
  } finally {
    await Promise.all(indexes.map(async (index) => index?.save()));
  }
  return looks.map(({ row }) => row!);
}

/** Fills in the rows of files that have not changed since an earlier look, where the store holds what it should of them. */
function recall(looks: readonly Look[], standing: ReadonlyMap<string, number> | undefined): void {
  for (const look of looks) {
    const measured = look.index?.find(look.entry);
    if (measured === undefined) continue;
    const row = utteranceOf(look.entry, measured);
    const stands = standing === undefined || standing.get(audioKey(row)) === row.sizeBytes;
    if (row.status === 'rejected' || stands) look.row = row;
  }
}
