import { SerError } from '../../core/contracts/errors.js';
import type { ObjectStore } from '../../core/store/objectStore.js';

/** @throws SerError `Incompatible` when a worker is asked to work on another store than its own */
export function requireStore({ url }: ObjectStore, wanted: string): void {
  if (wanted === url) return;
  throw new SerError(
    'Incompatible',
    `this worker works on the store ${url}`,
    wanted,
    'Start a worker with the same SER_STORE as the command.',
  );
}
