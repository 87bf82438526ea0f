import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../core/contracts/configuration.js';

/** A process that was started here, told apart from a later one that got the same number. */
export type ProcessRecord = { pid: number; startMark: string };

/** When a process started, in whatever form the system tells it; undefined when no such process runs. */
function startMark(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    if (process.platform === 'linux') {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function recordOf(pid: number): ProcessRecord {
  return { pid, startMark: startMark(pid) ?? '' };
}

export function isRunning({ pid, startMark: mark }: ProcessRecord): boolean {
  return mark !== '' && startMark(pid) === mark;
}

/** Starts a program that outlives this process and its terminal; its output goes to the end of a log file. */
export function spawnDetached(
  command: string,
  args: string[],
  logFile: string,
  environment: Environment,
): ProcessRecord {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env: { ...environment } });
    child.on('error', () => undefined); // seen by the caller as a process that does not run
    child.unref();
    return recordOf(child.pid ?? 0);
  } finally {
    closeSync(log);
  }
}

/** Asks a process to end, insists after the grace time, and returns once it is gone. */
export async function stopProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 5000],
  ] as const) {
    if (!isRunning(record)) return;
    process.kill(record.pid, signal);
    const deadline = Date.now() + patienceMs;
    while (isRunning(record) && Date.now() < deadline) await sleep(50);
  }
}

/** Reads a small JSON file; undefined when it is not there or was cut short. */
export function readRecord<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export function writeRecord(file: string, record: unknown): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(record, null, 2) + '\n');
  renameSync(`${file}.${process.pid}`, file);
}

/** How long a log is by now, in bytes: what it holds from there on was written later. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What a log has got since it was `from` bytes long. */
export function textSince(file: string, from: number): string {
  try {
    return readFileSync(file).subarray(from).toString('utf8').trimEnd();
  } catch {
    return '';
  }
}

/** The last lines of what a process said, for an error message. */
export function lastLines(text: string, lines: number): string {
  return text.split('\n').slice(-lines).join('\n') || 'it left no word';
}
