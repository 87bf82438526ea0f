import type { Activities } from '../core/contracts/activities.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';

/** Stops a retraining whose data look wrong beside those of the last one. */
export function checkData({ pool }: Dependencies): Activities['checkData'] {
  return (input) => beating(({ signal }) => pool.run('checkData', input, { signal }));
}
