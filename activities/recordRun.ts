import type { Activities } from '../core/contracts/activities.js';
import { SerError } from '../core/contracts/errors.js';
import { type RunStatus, saysOpen } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { Dependencies } from './dependencies.js';
import { jsonBytes } from './objects/stageOutput.js';

/**
 * Keeps what a run came to in the store, where it outlives the server's memory of it. An attempt that was held up, on a
 * machine that was cut off for a while, does not replace what a later one has written.
 */
export function recordRun({ store }: Dependencies): Activities['recordRun'] {
  return async ({ status }) => {
    const key = `runs/${status.name}.json`;
    const info = await store.head(key);
    if (info !== undefined && (await hasEnded(store, key, status))) return;
    const written = await store.putIf(key, jsonBytes(status), info ? { etag: info.etag } : { absent: true });
    if (written !== undefined) return;
    const remedy = 'It is tried again.';
    throw new SerError('StoreUnavailable', 'was written by somebody else meanwhile', `${store.url}/${key}`, remedy);
  };
}

/** Whether a status that calls an execution open comes after its end was recorded. */
async function hasEnded(store: ObjectStore, key: string, status: RunStatus): Promise<boolean> {
  const bytes = saysOpen(status) ? await store.get(key) : undefined;
  if (bytes === undefined) return false;
  const standing = JSON.parse(new TextDecoder().decode(bytes)) as RunStatus;
  return standing.executionId === status.executionId && !saysOpen(standing);
}
