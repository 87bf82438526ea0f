import { type Activities, REJECTS_IN_PAYLOAD } from '../core/contracts/activities.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { fetchCatalogue } from './objects/fetchCatalogue.js';
import { requireStore } from './objects/requireStore.js';

/** Fetches the sources, puts each recording into the store once, and writes the table of them. */
export function fetchCorpus({ store, pool, remote, metrics }: Dependencies): Activities['fetchCorpus'] {
  return ({ data, store: wanted }) =>
    beating(async ({ signal, report }) => {
      requireStore(store, wanted);
      const { key, reused, catalogue } = await fetchCatalogue(store, pool, data, {
        remote: { ...remote, onProgress: report },
        signal,
        onFiles: report,
        onRejects: (rejected) => metrics?.countRejects('fetchCorpus', '', rejected),
      });
      return { key, reused, counts: catalogue.counts, rejects: catalogue.rejects.slice(0, REJECTS_IN_PAYLOAD) };
    });
}
