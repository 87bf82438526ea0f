import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A new folder with a `.ser` of its own, which shares nothing but the downloaded programs with the checkout. */
export function createBenchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ser-bench-'));
  const cache = join(repository, '.ser', 'cache');
  mkdirSync(cache, { recursive: true });
  mkdirSync(join(folder, '.ser'));
  symlinkSync(cache, join(folder, '.ser', 'cache'));
  return folder;
}

/** The command that runs the built program with some arguments. */
export function serCommand(...args: string[]): [program: string, args: string[]] {
  return [process.execPath, [join(repository, 'dist', 'client', 'entry.js'), ...args]];
}

/**
 * Types a command in a folder and returns what it prints.
 *
 * @throws Error with what it said when it ends with another code than 0
 */
export async function typeCommand(folder: string, ...args: string[]): Promise<string> {
  const options = { cwd: folder, maxBuffer: 64 * 2 ** 20 };
  return (await promisify(execFile)(...serCommand(...args), options)).stdout;
}
