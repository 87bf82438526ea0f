import type { Activities } from '../core/contracts/activities.js';
import type { Dependencies } from './dependencies.js';
import { jsonBytes } from './objects/stageOutput.js';

/** Keeps what a run came to in the store, where it outlives the server's memory of it. */
export function recordRun({ store }: Dependencies): Activities['recordRun'] {
  return async ({ status }) => {
    await store.put(`runs/${status.name}.json`, jsonBytes(status));
  };
}
