import { randomBytes } from 'node:crypto';
import type { ObjectStore } from './objectStore.js';

/**
 * Writes a small object and removes it, so that a store that cannot be written is known before the work begins.
 *
 * @throws SerError `StoreUnavailable` with the reason and what to do about it
 */
export async function checkWritable(store: ObjectStore): Promise<void> {
  const key = `probes/${randomBytes(9).toString('hex')}`;
  await store.put(key, new Uint8Array(1));
  await store.delete(key);
}
