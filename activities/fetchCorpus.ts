import { type Activities, REJECTS_IN_PAYLOAD } from '../core/contracts/activities.js';
import { SerError } from '../core/contracts/errors.js';
import { buildCatalogue, refuseTooManyRejects } from '../core/corpora/catalogue.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { catalogueFiles, specOfCatalogue } from './objects/catalogueObject.js';
import { inspectSources } from './objects/inspectSources.js';

/** Finds the recordings of the sources, puts each into the store once, and writes the table of them. */
export function fetchCorpus({ store, pool }: Dependencies): Activities['fetchCorpus'] {
  return ({ data, store: wanted }) =>
    beating(async ({ signal, report }) => {
      if (wanted !== store.url) {
        throw new SerError(
          'Incompatible',
          `this worker works on the store ${store.url}`,
          wanted,
          'Start a worker with the same SER_STORE as the command.',
        );
      }
      const rows = await inspectSources(pool, data.sources, { upload: true, signal, onProgress: report });
      const catalogue = buildCatalogue(rows);
      refuseTooManyRejects(catalogue, data.maxRejected);
      const { key, reused } = await runStage(store, specOfCatalogue(catalogue.rows), () =>
        Promise.resolve({ files: catalogueFiles(catalogue.rows), details: catalogue.counts }),
      );
      return { key, reused, counts: catalogue.counts, rejects: catalogue.rejects.slice(0, REJECTS_IN_PAYLOAD) };
    });
}
