import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import Long from 'long';
import type { Environment } from '../core/contracts/configuration.js';
import { SerError } from '../core/contracts/errors.js';
import { createFolders, type Home } from './home.js';
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
import { registerSearchAttributes } from './searchAttributes.js';
import { findTemporalBinary, type TemporalBinary } from './temporalBinary.js';

/** Content of `.ser/server.json`. */
export type ServerRecord = ProcessRecord & {
  /** `HOST:PORT` of the front end. */
  address: string;
  /** Of the user interface. */
  uiUrl: string;
  /** Where Prometheus finds its metrics; a server that an older build started tells none. */
  metricsUrl?: string;
  binary: string;
  source: string;
  startedAt: string;
  /** When somebody asked for its end; a server that died was not asked. */
  stoppedAt?: string;
};

/** How long finished runs stay in the local server. */
const RETENTION_DAYS = 90;

const PORT_PATIENCE_MS = 3000;

/** At a start whose ports others take meanwhile. */
const MOST_TRIES = 3;

/** As gRPC numbers it. */
const ALREADY_EXISTS = 6;

/** The local server that `.ser/server.json` names, if it still runs. */
export function runningServer(home: Home): ServerRecord | undefined {
  const record = readRecord<ServerRecord>(home.serverFile);
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** Whether the last local server ended because somebody asked for it. */
export function wasStopped(home: Home): boolean {
  return readRecord<ServerRecord>(home.serverFile)?.stoppedAt !== undefined;
}

/**
 * Starts a Temporal development server for this folder, on free ports and with its database under `.ser/`, or returns
 * the one that runs already. Runs survive a restart, since the database file is kept.
 *
 * @param host what it listens on; it asks nobody who they are, so that anything but loopback is for closed networks
 * @throws SerError `Unreachable` when no server program can be had or it does not come up
 */
export async function startServer(
  home: Home,
  environment: Environment,
  onProgress: (line: string) => void,
  host = '127.0.0.1',
): Promise<ServerRecord> {
  const running = runningServer(home);
  if (running !== undefined) return running;

  createFolders(home);
  const binary = await findTemporalBinary({
    cacheFolder: join(home.cache, 'bin'),
    searchPath: environment['PATH'] ?? '',
    onProgress,
  });
  const logFile = join(home.logs, 'temporal.log');
  for (let tries = 1; ; tries++) {
    const ports = await freePorts(host, portsOf(readRecord<ServerRecord>(home.serverFile)));
    const logged = sizeOf(logFile); // by earlier starts
    const record = spawnServer(home, environment, binary, host, ports);
    writeRecord(home.serverFile, record);
    if (!(await becomesReady(record))) {
      const said = textSince(logFile, logged);
      // Between the look for a free port and the server's own bind, others may have taken it.
      if (tries < MOST_TRIES && said.includes('address already in use')) continue;
      throw new SerError(
        'Unreachable',
        `the Temporal server did not come up: ${lastLines(said, 3)}`,
        logFile,
        'Another server may hold the database file, or the disk may be full; `ser doctor` tells more.',
      );
    }
    onProgress(`Temporal server ready at ${record.address} (${binary.source}), UI ${record.uiUrl}`);
    return record;
  }
}

function spawnServer(
  home: Home,
  environment: Environment,
  binary: TemporalBinary,
  host: string,
  [port = 0, uiPort = 0, metricsPort = 0]: readonly number[],
): ServerRecord {
  const spawned = spawnDetached(
    binary.path,
    [
      ...['server', 'start-dev', '--ip', host, '--port', `${port}`],
      ...['--ui-port', `${uiPort}`, '--metrics-port', `${metricsPort}`],
      ...['--db-filename', home.database, '--log-level', 'warn', '--log-format', 'json', '--ui-disable-news-fetch'],
    ],
    join(home.logs, 'temporal.log'),
    environment,
  );
  return {
    ...spawned,
    address: `${host}:${port}`,
    uiUrl: `http://${host}:${uiPort}`,
    metricsUrl: `http://${host}:${metricsPort}/metrics`,
    binary: binary.path,
    source: binary.source,
    startedAt: new Date().toISOString(),
  };
}

/** Stops the server that {@link startServer} started; says whether there was one. */
export async function stopServer(home: Home): Promise<boolean> {
  const record = readRecord<ServerRecord>(home.serverFile);
  if (record === undefined || !isRunning(record)) return false;
  writeRecord(home.serverFile, { ...record, stoppedAt: new Date().toISOString() });
  await stopProcess(record, 10_000);
  return true;
}

/** Waits until a server answers; one that does not in time is stopped. */
async function becomesReady(record: ServerRecord): Promise<boolean> {
  const deadline = Date.now() + 60_000;
  while (isRunning(record) && Date.now() < deadline) {
    try {
      const connection = await Connection.connect({ address: record.address, connectTimeout: '2s' });
      try {
        await keepRunsFor(connection, RETENTION_DAYS);
        await registerSearchAttributes(connection, 'default');
        return true;
      } finally {
        await connection.close();
      }
    } catch {
      await sleep(200);
    }
  }
  await stopProcess(record, 2000);
  return false;
}

/** Makes sure that the local server has a namespace, as its own one is made. */
export async function ensureNamespace(connection: Connection, namespace: string): Promise<void> {
  if (namespace === 'default') return;
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(RETENTION_DAYS * 24 * 3600) },
    });
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === ALREADY_EXISTS) return;
    throw error;
  }
  await untilKnown(connection, namespace);
  await registerSearchAttributes(connection, namespace);
}

/** The parts of a server learn of a new namespace after a moment. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}

async function keepRunsFor(connection: Connection, days: number): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace: 'default',
    config: { workflowExecutionRetentionTtl: { seconds: Long.fromNumber(days * 24 * 3600) } },
  });
}

/** Those of front end, user interface and metrics; 0 for any. */
function portsOf(record: ServerRecord | undefined): number[] {
  const urls = [record && `http://${record.address}`, record?.uiUrl, record?.metricsUrl];
  return urls.map((url) => (url === undefined ? 0 : Number(new URL(url).port)));
}

/**
 * The ports wished for where they are free, others where they are not, so that workers find the server again and links to
 * the UI keep working.
 */
async function freePorts(host: string, wished: readonly number[]): Promise<number[]> {
  const held: Server[] = [];
  for (const port of wished) held.push(await holdWhenFree(host, port));
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((released) => server.close(released))));
  return ports;
}

/** A server that was killed a moment ago may still hold its port. */
async function holdWhenFree(host: string, port: number): Promise<Server> {
  const deadline = Date.now() + PORT_PATIENCE_MS;
  while (port !== 0 && Date.now() < deadline) {
    try {
      return await hold(host, port);
    } catch {
      await sleep(50);
    }
  }
  return hold(host, 0);
}

function hold(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
