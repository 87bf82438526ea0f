import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';

/** What must be the same to the bit, run after run: rows, splits, weights, scalers, metrics, answers. */
const COMPARED =
  /^(features|splits)\/.*\.parquet$|^models\/.*\/(weights\.bin|scaler\.json|model\.json)$|^evaluations\/[^/]+\/(metrics\.json|predictions\.parquet)$|^experiments\/[^/]+\/(results\.json|predictions\.parquet)$/;

/** The keys of a store that begin with a prefix, by alphabet. */
export async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
}

/** The hashes of everything in a store that a run must give again to the bit. */
export async function contentsOf(store: ObjectStore): Promise<Record<string, string>> {
  const keys = (await keysUnder(store, '')).filter((key) => COMPARED.test(key));
  return Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, sha256Of((await store.get(key))!)] as const)),
  );
}
