import type { Activities } from '../core/contracts/activities.js';
import type { LastRetraining } from '../core/contracts/retraining.js';
import type { Dependencies } from './dependencies.js';
import { scheduleKey } from './objects/schedule.js';
import { parseJson } from './objects/stageOutput.js';

/** The last retraining of a schedule that succeeded; null before the first. */
export function lastRetraining({ store }: Dependencies): Activities['lastRetraining'] {
  return async ({ schedule }) => {
    const bytes = await store.get(scheduleKey(schedule));
    return bytes === undefined ? null : parseJson<LastRetraining>(bytes);
  };
}
