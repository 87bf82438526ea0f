import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { messageOf, SerError } from '../core/contracts/errors.js';
import { findServer, type ServerAddress } from '../worker/connection.js';
import { ensureNamespace, startServer } from '../worker/localServer.js';
import { dataConverterOf, parsePayloadKeys, payloadKeyIds } from '../worker/payloadCodec.js';
import {
  isCurrent,
  payloadKeyId,
  runningWorker,
  startLocalWorker,
  stopLocalWorker,
  tracesId,
  type WorkerRecord,
} from '../worker/localWorker.js';
import { withStartLock } from '../worker/startLock.js';
import { createCallRetries } from './callRetries.js';
import type { CommandContext } from './context.js';
import { hasWorkers, requireWorkers, type WorkerNeeds } from './workerCheck.js';

const LISTED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** A connection to a Temporal server, and where it is. */
export type ServerLink = { client: Client; server: ServerAddress; close(): Promise<void> };

/** Connects to the server that is named or runs here; undefined when there is none. */
export async function linkIfAny(context: CommandContext): Promise<ServerLink | undefined> {
  const server = findServer(context.configuration, context.environment, context.home);
  return server === undefined ? undefined : connect(server, context);
}

/** `, ` and the address of a workflow's page in the user interface, where there is one. */
export function uiAddress({ server }: ServerLink, workflowId: string): string {
  return server.uiUrl === undefined ? '' : `, ${server.uiUrl}/namespaces/${server.namespace}/workflows/${workflowId}`;
}

/**
 * Connects to the server that is named, else to our own, which is started first if need be; and sees to it that workers
 * poll: our own are started, those of others must be there.
 *
 * @param storeUrl the store that the workers must work on
 * @throws SerError `Unreachable` when there is no server or no fitting worker
 */
export async function linkWithWorkers(context: CommandContext, storeUrl: string): Promise<ServerLink> {
  const { configuration, environment, home, terminal } = context;
  let server = findServer(configuration, environment, home);
  if (server === undefined) {
    await withStartLock(home, () => startServer(home, environment, (line) => terminal.say(line)));
    server = findServer(configuration, environment, home);
  }
  if (server === undefined)
    throw new SerError('Unreachable', 'the local Temporal server ended as it began', home.serverFile);
  const link = await connect(server, context);
  const needs = { storeUrl, keyIds: payloadKeyIds(configuration.payloadKeys) };
  try {
    if (server.local) {
      await ensureNamespace(link.client.connection as Connection, server.namespace);
      await withStartLock(home, () => ensureLocalWorker(context, link, needs));
    }
    const discord = await requireWorkers(link.client, needs);
    if (discord !== undefined) terminal.warn(discord);
    return link;
  } catch (error) {
    await link.close();
    throw error;
  }
}

async function connect(
  server: ServerAddress,
  { configuration, workflowInterceptors = [] }: CommandContext,
): Promise<ServerLink> {
  const dataConverter = dataConverterOf(parsePayloadKeys(configuration.payloadKeys));
  const { address, tls, apiKey, metadata } = server.options;
  const retries = createCallRetries();
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: '10s',
      interceptors: [retries.interceptor],
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    const close = async () => {
      await retries.end();
      await connection.close();
    };
    const client = new Client({
      connection,
      namespace: server.namespace,
      dataConverter,
      interceptors: { workflow: workflowInterceptors },
    });
    return { client, server, close };
  } catch (error) {
    throw new SerError(
      'Unreachable',
      `no Temporal server answers (${messageOf(error).split('\n')[0]})`,
      address,
      'See that it runs and that TEMPORAL_ADDRESS names it; without that variable `./ser up` starts one here.',
    );
  }
}

async function ensureLocalWorker(context: CommandContext, { client }: ServerLink, needs: WorkerNeeds): Promise<void> {
  const { home, configuration, environment, terminal } = context;
  const running = runningWorker(home);
  if (running !== undefined && isCurrent(running, configuration)) {
    if (running.traces === tracesId(configuration)) return;
    const busy = await openRuns(client);
    if (busy.length > 0) return terminal.warn(tracesStay(running, busy));
  }
  if (running === undefined && (await hasWorkers(client, needs))) return; // started by hand

  if (running !== undefined) {
    const itsClient = new Client({
      connection: client.connection,
      namespace: running.namespace,
      dataConverter: dataConverterOf(parsePayloadKeys(configuration.payloadKeys)),
    });
    const place = (store: string, namespace: string, key: string) =>
      `${store} in the namespace ${namespace}${key === '' ? '' : ` with the key ${key}`}`;
    const { store, temporal } = configuration;
    const ours = place(store.url, temporal.namespace, payloadKeyId(configuration));
    await refuseWhileRunsNeed(itsClient, place(running.store, running.namespace, running.payloadKey), ours);
    terminal.say(
      'restarting the local worker (another store, namespace, key of payloads, collector of traces or build of the program)',
    );
    await stopLocalWorker(home);
  }
  const { identity, log } = await startLocalWorker(home, configuration, environment);
  terminal.say(`worker ready: ${identity}, log ${log}`);
  await untilPolled(client, needs);
}

/** A server that is busy lists a poller some moments after its first poll. */
async function untilPolled(client: Client, needs: WorkerNeeds): Promise<void> {
  const deadline = Date.now() + LISTED_WITHIN_MS;
  while (Date.now() < deadline && !(await hasWorkers(client, needs))) await sleep(LOOK_EVERY_MS);
}

/** Whatever somebody waits for at the worker, by its id. */
async function openRuns(client: Client): Promise<string[]> {
  const names: string[] = [];
  const query = `WorkflowType IN ('trainingRun', 'experiment', 'predictBatch', 'retrain') AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) names.push(workflowId);
  return names;
}

/** Why a worker is not started anew for another collector. */
function tracesStay({ traces }: WorkerRecord, busy: readonly string[]): string {
  const place = traces === '' ? 'sends no traces' : 'sends its traces to the collector that it was started with';
  const runs = busy.slice(0, 3).join(', ');
  return `the local worker ${place}, and goes on so while it is needed (${runs}); afterwards: ./ser down, then the command again`;
}

/** A worker is not taken away from runs that go on in its store. */
async function refuseWhileRunsNeed(client: Client, theirs: string, ours: string): Promise<void> {
  if (theirs === ours) return;
  const names = await openRuns(client);
  if (names.length === 0) return;
  throw new SerError(
    'Unreachable',
    `the local worker serves the store ${theirs}, where ${names.length} run(s) go on`,
    names.slice(0, 3).join(', '),
    'Wait for them or cancel them, or start a second worker by hand: `./ser worker` with your SER_STORE.',
  );
}
