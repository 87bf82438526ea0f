import type { Activities } from '../core/contracts/activities.js';
import type { Dependencies } from './dependencies.js';
import { scheduleKey } from './objects/schedule.js';
import { jsonBytes } from './objects/stageOutput.js';

/** Remembers a retraining that succeeded, for the next one to compare its data with. */
export function recordRetraining({ store }: Dependencies): Activities['recordRetraining'] {
  return async ({ schedule, last }) => {
    await store.put(scheduleKey(schedule), jsonBytes(last));
  };
}
