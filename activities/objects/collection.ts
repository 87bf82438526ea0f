import { SerError } from '../../core/contracts/errors.js';
import type { ObjectStore, WriteCondition } from '../../core/store/objectStore.js';
import { jsonBytes, parseJson } from './stageOutput.js';

const KEY = 'collection.json';
/** A collector that was killed holds runs up for so long. */
const LEASE_MS = 60_000;

type Mark = { until: string };

/** A collection of garbage that goes on. */
export type Collection = {
  /** @throws SerError `StoreUnavailable` when it was silent for too long and another one has begun */
  renew(): Promise<void>;
  end(): Promise<void>;
};

/**
 * Marks a store, so that no run begins to reuse what is about to go: a run looks for the mark before it looks for anything
 * else, and a collector looks for runs after it has set it, so that one of both sees the other.
 *
 * @throws SerError `BadConfig` when a collection goes on already
 */
export async function beginCollection(store: ObjectStore): Promise<Collection> {
  const standing = await store.head(KEY);
  if (await isCollected(store)) throw another(store, 'BadConfig');
  let etag = await mark(standing === undefined ? { absent: true } : { etag: standing.etag });
  if (etag === undefined) throw another(store, 'BadConfig');

  async function mark(condition: WriteCondition): Promise<string | undefined> {
    const until = new Date(Date.now() + LEASE_MS).toISOString();
    return (await store.putIf(KEY, jsonBytes({ until } satisfies Mark), condition))?.etag;
  }

  return {
    async renew() {
      etag = etag && (await mark({ etag }));
      if (etag === undefined) throw another(store, 'StoreUnavailable');
    },
    async end() {
      if (etag !== undefined) await store.delete(KEY);
    },
  };
}

/** @throws SerError `StoreUnavailable`, so that it is tried again, while garbage is collected */
export async function refuseWhileCollected(store: ObjectStore): Promise<void> {
  if (await isCollected(store)) throw another(store, 'StoreUnavailable');
}

async function isCollected(store: ObjectStore): Promise<boolean> {
  const bytes = await store.get(KEY);
  return bytes !== undefined && Date.parse(parseJson<Mark>(bytes).until) > Date.now();
}

function another({ url }: ObjectStore, kind: 'BadConfig' | 'StoreUnavailable'): SerError {
  return new SerError(
    kind,
    'garbage is collected there',
    `${url}/${KEY}`,
    'Wait until that has ended; one that was killed holds others up for a minute.',
  );
}
