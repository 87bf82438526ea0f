import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../core/contracts/configuration.js';
import { repository } from './folders.js';

/** What a command left behind. */
export type Ended = { code: number; stdout: string; stderr: string };

export type RunningCommand = {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Waits until stderr holds some words. */
  says(words: string): Promise<void>;
};

type Surroundings = {
  folder: string;
  environment?: Environment;
  /** Starts the command by another one, which gets it as its last arguments. */
  prefix?: readonly string[];
  /** The user that it runs as; only root may say so. */
  uid?: number;
};

/** Nothing of the tester's own configuration. */
const BARE: Environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

/** Starts the command line as a user would, in a folder, as a process of its own. */
export function startSer(
  args: readonly string[],
  { folder, environment = {}, prefix = [], uid }: Surroundings,
): RunningCommand {
  const [program, ...rest] = [...prefix, process.execPath, ...entry(), ...args];
  const child = spawn(program!, rest, {
    cwd: folder,
    env: { ...BARE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(words) && resolve();
      child.stderr.on('data', look);
      look();
      void ended.then(() => reject(new Error(`it ended without saying "${words}", but: ${stderr}`)));
    });
  return { child, ended, says };
}

/** Runs a command to its end. */
export function ser(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return startSer(args, surroundings).ended;
}

let found: string[] | undefined;

/** The built program where it is that of these sources, as it is after `npm test`; else the sources. */
function entry(): string[] {
  found ??= isBuilt()
    ? [join(repository, 'dist', 'client', 'entry.js')]
    : ['--import', import.meta.resolve('tsx'), join(repository, 'client', 'entry.ts')];
  return found;
}

/** Whether dist/ is that of these sources. */
export function isBuilt(): boolean {
  const stamp = join(repository, 'dist', 'build-id');
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  return ['client', 'worker', 'workflows', 'activities', 'core'].every(
    (folder) => newestSource(join(repository, folder)) <= builtAt,
  );
}

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const times = files.map((file) =>
    file.isFile() && file.name.endsWith('.ts') ? statSync(join(file.parentPath, file.name)).mtimeMs : 0,
  );
  return Math.max(0, ...times);
}
