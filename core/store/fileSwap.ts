import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './systemCode.js';

/** How long one holder of the lock is waited for before it is taken for dead. */
const HOLDER_PATIENCE_MS = 3000;
const POLL_MS = 5;

/**
 * Replaces a file only if a condition holds, among processes that all do it this way, on any file system whose rename is
 * atomic.
 *
 * The lock of a file is a folder beside it that already holds the new bytes. It is taken by renaming a private folder to
 * the lock's name, which fails while another one with something in it is there, and the file is replaced by renaming the
 * bytes out of it, which leaves it empty and so unlocks. Whoever waits too long for one holder moves its folder away: the
 * holder, if it is alive after all, then finds its bytes gone at its last step and begins anew. So a killed process blocks
 * nobody for long, and a sleeping one cannot do harm when it wakes; no clock and no process number decides.
 *
 * @param path the file to replace; its folder exists
 * @param fill writes the new bytes to the path it is given
 * @param holds whether the file is still as expected; asked while the lock is held
 * @param patienceMs how long one holder of the lock is waited for
 * @returns whether the file was replaced
 */
export async function swapFile(
  path: string,
  fill: (temporary: string) => Promise<void>,
  holds: () => Promise<boolean>,
  patienceMs = HOLDER_PATIENCE_MS,
): Promise<boolean> {
  const folder = dirname(path);
  const lock = join(folder, `.lock-${basename(path)}`);
  for (;;) {
    if (!(await holds())) return false;
    const token = randomBytes(9).toString('hex');
    const own = join(folder, `.tmp-${token}`);
    try {
      await mkdir(own);
      await fill(join(own, token));
      await takeLock(own, lock, patienceMs);
      if (!(await holds())) {
        await release(lock, token);
        return false;
      }
      if (await moveOut(join(lock, token), path)) {
        await rmdir(lock).catch(() => undefined);
        return true;
      }
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  }
}

/** Waits until `own` could be renamed to `lock`. */
async function takeLock(own: string, lock: string, patienceMs: number): Promise<void> {
  let holder = '';
  let since = 0;
  while (!(await moveFolder(own, lock))) {
    const seen = await holderOf(lock);
    const now = performance.now();
    if (seen !== holder || seen === '') {
      holder = seen;
      since = now;
    } else if (now - since > patienceMs) {
      await removeLock(lock);
    }
    await delay(POLL_MS);
  }
}

/** The token of whoever holds the lock; empty when nobody does. */
async function holderOf(lock: string): Promise<string> {
  try {
    return (await readdir(lock))[0] ?? '';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

async function removeLock(lock: string): Promise<void> {
  const grave = join(dirname(lock), `.tmp-${randomBytes(9).toString('hex')}`);
  await rename(lock, grave).catch(() => undefined);
  await rm(grave, { recursive: true, force: true });
}

async function release(lock: string, token: string): Promise<void> {
  await rm(join(lock, token), { force: true });
  await rmdir(lock).catch(() => undefined);
}

async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function moveOut(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
