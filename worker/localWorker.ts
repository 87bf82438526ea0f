import { createHash } from 'node:crypto';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Configuration, Environment } from '../core/contracts/configuration.js';
import { SerError } from '../core/contracts/errors.js';
import { buildId } from './deployment.js';
import { createFolders, type Home } from './home.js';
import { payloadKeyIds } from './payloadCodec.js';
import {
  isRunning,
  lastLines,
  type ProcessRecord,
  readRecord,
  sizeOf,
  spawnDetached,
  stopProcess,
  textSince,
  writeRecord,
} from './processes.js';

/** Content of `.ser/worker.json`. */
export type WorkerRecord = ProcessRecord & {
  /** Empty until it polls. */
  identity: string;
  /** The store it works on, as it was named. */
  store: string;
  namespace: string;
  /** Which key its payloads are encrypted with; empty for none. */
  payloadKey: string;
  /** Tells where its traces go from where others go; empty for nowhere. */
  traces: string;
  build: string;
  log: string;
  startedAt: string;
  /** When somebody asked for its end; a worker that died was not asked. */
  stoppedAt?: string;
};

/** The worker that {@link startLocalWorker} started last, whether it runs or not. */
export function lastWorker(home: Home): WorkerRecord | undefined {
  return readRecord<WorkerRecord>(home.workerFile);
}

/** The worker that {@link startLocalWorker} started, if it still runs. */
export function runningWorker(home: Home): WorkerRecord | undefined {
  const record = lastWorker(home);
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** Whether a worker does the work that one started now would do, wherever it sends its traces. */
export function isCurrent(record: WorkerRecord, configuration: Configuration): boolean {
  const { store, temporal } = configuration;
  return (
    record.build === buildId() &&
    record.store === store.url &&
    record.namespace === temporal.namespace &&
    record.payloadKey === payloadKeyId(configuration)
  );
}

/** Names the key that payloads are encrypted with; empty for none. */
export function payloadKeyId({ payloadKeys }: Configuration): string {
  return payloadKeyIds(payloadKeys)[0] ?? '';
}

/**
 * Names a collector with what it asks for, and tells nothing of either; empty for none. What traces say of the process that sends
 * them is its own affair: shells that differ in it share a worker.
 */
export function tracesId({ traces }: Pick<Configuration, 'traces'>): string {
  if (traces === undefined) return '';
  const { url, headers } = traces;
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([url, sorted]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Starts a worker for all queues that outlives this process and its terminal, and waits until it polls.
 *
 * @throws SerError `Unreachable` with the last line of its log when it ends instead
 */
export async function startLocalWorker(
  home: Home,
  configuration: Configuration,
  environment: Environment,
): Promise<WorkerRecord> {
  createFolders(home);
  const log = join(home.logs, 'worker.log');
  const entry = fileURLToPath(new URL(`../client/entry${extname(import.meta.url)}`, import.meta.url));
  const { store, threads, temporal, traces } = configuration;
  const flags = ['--store', store.url, '--threads', `${threads}`, '--namespace', temporal.namespace];
  if (traces !== undefined) flags.push('--traces', traces.url);
  const logged = sizeOf(log); // by earlier workers
  const spawned = spawnDetached(
    process.execPath,
    [...process.execArgv, entry, 'worker', '--register', home.workerFile, ...flags],
    log,
    environment,
  );
  const record: WorkerRecord = {
    ...spawned,
    identity: '',
    store: store.url,
    namespace: temporal.namespace,
    payloadKey: payloadKeyId(configuration),
    traces: tracesId(configuration),
    build: buildId(),
    log,
    startedAt: new Date().toISOString(),
  };
  writeRecord(home.workerFile, record);
  return await becomeReady(home, record, logged);
}

/** Called by the worker itself once it polls: the one that waits for it reads the identity. */
export function registerWorker(workerFile: string, identity: string): void {
  const record = readRecord<WorkerRecord>(workerFile);
  if (record?.pid === process.pid) writeRecord(workerFile, { ...record, identity });
}

/** Stops the local worker; says whether there was one. */
export async function stopLocalWorker(home: Home): Promise<boolean> {
  const record = runningWorker(home);
  if (record === undefined) return false;
  writeRecord(home.workerFile, { ...record, stoppedAt: new Date().toISOString() });
  await stopProcess(record, 15_000);
  return true;
}

async function becomeReady(home: Home, started: WorkerRecord, logged: number): Promise<WorkerRecord> {
  const deadline = Date.now() + 60_000;
  while (isRunning(started) && Date.now() < deadline) {
    const record = readRecord<WorkerRecord>(home.workerFile);
    if (record?.pid === started.pid && record.identity !== '') return record;
    await sleep(100);
  }
  await stopProcess(started, 2000);
  throw new SerError(
    'Unreachable',
    `the worker did not come up: ${lastLines(textSince(started.log, logged), 3)}`,
    started.log,
    'The log tells more.',
  );
}
