import { SerError } from '../../core/contracts/errors.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { buildCatalogue, type Catalogue, refuseTooManyRejects } from '../../core/corpora/catalogue.js';
import type { RemoteAccess } from '../../core/corpora/download/access.js';
import { licenceOf } from '../../core/corpora/licences.js';
import { openSources } from '../../core/corpora/openSource.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { runStage } from '../../core/store/stage.js';
import type { ThreadPool } from '../dependencies.js';
import { catalogueFiles, specOfCatalogue } from './catalogueObject.js';
import { refuseWhileCollected } from './collection.js';
import { inspectSources } from './inspectSources.js';

export type FetchOptions = {
  remote: RemoteAccess;
  signal?: AbortSignal;
  /** Whether files that have not changed since an earlier look are read all the same. */
  again?: boolean;
  onFiles: (progress: { files: number; filesDone: number }) => void;
  /** Hears how many recordings are refused in a catalogue that did not stand yet. */
  onRejects?: (rejected: number) => void;
};

export type FetchedCatalogue = { key: string; reused: boolean; catalogue: Catalogue };

/**
 * Finds the recordings of the sources, puts each into the store once, and writes the table of them, with the licences of
 * its corpora in its manifest.
 */
export async function fetchCatalogue(
  store: ObjectStore,
  pool: ThreadPool,
  data: RunConfig['data'],
  { remote, signal, onFiles, onRejects = () => undefined, again = false }: FetchOptions,
): Promise<FetchedCatalogue> {
  await refuseWhileCollected(store);
  const sources = await openSources(data.sources, {
    ...remote,
    signal,
    ...(data.labelMap === undefined ? {} : { labelMap: data.labelMap }),
  });
  if (signal?.aborted === true) throw new SerError('Cancelled', 'cancelled');
  const rows = await inspectSources(pool, sources, {
    store,
    cacheFolder: again ? undefined : remote.cacheFolder,
    onProgress: onFiles,
    ...(signal === undefined ? {} : { signal }),
  });
  const catalogue = buildCatalogue(rows);
  const { rejected } = catalogue.counts;
  try {
    refuseTooManyRejects(catalogue, data.maxRejected);
  } catch (error) {
    onRejects(rejected);
    throw error;
  }
  const { key, reused } = await runStage(store, specOfCatalogue(catalogue.rows), () => {
    onRejects(rejected);
    return Promise.resolve({
      files: catalogueFiles(catalogue.rows),
      details: { ...catalogue.counts, licences: corporaOf(catalogue).map(licenceOf) },
    });
  });
  return { key, reused, catalogue };
}

/** Names of the corpora that have something usable. */
export function corporaOf({ rows }: Pick<Catalogue, 'rows'>): string[] {
  return [...new Set(rows.filter(({ status }) => status === 'ok').map(({ corpus }) => corpus))].sort();
}
