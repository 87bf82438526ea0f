import { type Arena, createArena } from '../../core/audio/arena.js';
import type { Rooms } from './readInTurn.js';

/** Memory that recordings are read to and computed in, one after another. */
export type Workbench = { arena: Arena; rooms: Rooms };

const idle: Workbench[] = [];

/**
 * Does some work at a bench that nobody else is at meanwhile. What lies idle is for the next one: left to the collector, it
 * costs a tenth of all time. After a failure it is left all the same, since recordings may still be on their way to it.
 */
export async function atWorkbench<Result>(work: (bench: Workbench) => Promise<Result>): Promise<Result> {
  const bench = idle.pop() ?? { arena: createArena(), rooms: [] };
  const result = await work(bench);
  idle.push(bench);
  return result;
}
