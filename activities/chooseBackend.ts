import type { Activities } from '../core/contracts/activities.js';
import { resolveBackend } from '../core/training/backends.js';
import { beating } from './heartbeat.js';

/** The backend that all trainings of an experiment run on, so that they can be compared. */
export function chooseBackend(): Activities['chooseBackend'] {
  return ({ backend }) => beating(async () => ({ backend: await resolveBackend(backend) }));
}
