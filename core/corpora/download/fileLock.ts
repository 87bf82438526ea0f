import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const TOUCH_EVERY_MS = 1000;
const STALE_AFTER_MS = 10_000;

/**
 * Does some work while no other process of this machine does work under the same lock. The lock is a file that its holder
 * touches every second; that of a process which is gone, or was not touched for long, is taken over.
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const token = `${process.pid} ${randomBytes(6).toString('hex')}`;
  while (!(await take(path, token))) await sleep(200, undefined, signal === undefined ? {} : { signal });
  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if ((await readFile(path, 'utf8').catch(() => '')) === token) await rm(path, { force: true });
  }
}

async function take(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (await isStale(path)) await rm(path, { force: true });
    return false;
  }
}

async function isStale(path: string): Promise<boolean> {
  const [holder, info] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => ['', undefined] as const);
  if (info === undefined) return false;
  return Date.now() - info.mtimeMs > STALE_AFTER_MS || (holder !== '' && !isAlive(Number.parseInt(holder, 10)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
