import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolders, type Home } from './home.js';
import { isRunning, type ProcessRecord, readRecord, recordOf } from './processes.js';

const LOOK_EVERY_MS = 100;

/**
 * Does something while no other process of this folder does: two servers on one database file would spoil it. A holder that
 * was killed is noticed by its process.
 */
export async function withStartLock<T>(home: Home, work: () => Promise<T>): Promise<T> {
  createFolders(home);
  const lock = join(home.folder, 'starting.json');
  while (!take(lock)) {
    const holder = readRecord<ProcessRecord>(lock);
    if (holder !== undefined && !isRunning(holder)) removeStale(lock);
    else await sleep(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Written elsewhere and linked, so that nobody reads half a record. */
function take(lock: string): boolean {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, JSON.stringify(recordOf(process.pid)));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Of several that find it stale one moves it away; a lock that was taken anew meanwhile is put back. */
function removeStale(lock: string): void {
  const grave = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, grave);
    if (isRunning(JSON.parse(readFileSync(grave, 'utf8')) as ProcessRecord)) linkSync(grave, lock);
  } catch {
    // another one was quicker
  } finally {
    rmSync(grave, { force: true });
  }
}
