import { setTimeout as sleep } from 'node:timers/promises';
import { SerError } from '../core/contracts/errors.js';

const PATIENCE_MS = 10_000;
const LATE = Symbol('late');

/** What is asked of an open workflow: a query is answered by a worker, or never. @throws SerError `Unreachable` */
export async function inTime<T>(workflowId: string, looked: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const late = sleep(PATIENCE_MS, LATE, { signal: patience.signal }).catch(() => LATE);
  const seen = await Promise.race([looked, late]).finally(() => patience.abort());
  if (seen !== LATE) return seen as T;
  const remedy = 'Start one: `./ser up`.';
  throw new SerError('Unreachable', 'it is open, but no worker answers for it', workflowId, remedy);
}
