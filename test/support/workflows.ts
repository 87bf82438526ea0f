import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { Activities } from '../../core/contracts/activities.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import type { trainingRun } from '../../workflows/trainingRun.js';
import { atEnd } from './atEnd.js';
import { testServer } from './server.js';

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let installed = false;
let bundled: Promise<WorkflowBundle> | undefined;
let connected: Promise<NativeConnection> | undefined;

/** Stops the workers of tests that timed out: they would keep the process, and all tests with it, for ever. */
const stops = new Set<() => Promise<void>>();

/**
 * Keeps the runtime of workers quiet. It is there from when a test first needs it, and ended by us: one that nobody has used
 * would hold the process, and be started by the mere import of this file.
 */
function installRuntime(): void {
  if (installed) return;
  installed = true;
  const runtime = Runtime.install({
    logger: silent,
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  atEnd(() => runtime.shutdown());
}

/** The workflows as they stand in the sources, bundled once. */
export function workflowBundle(): Promise<WorkflowBundle> {
  installRuntime();
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  bundled ??= bundleWorkflowCode({ workflowsPath, logger: silent });
  return bundled;
}

/**
 * Serves all queues with the workflows and some activities for as long as `work` takes.
 *
 * @param options what the workers are created with beside
 */
export async function withWorkers<T>(
  client: Client,
  activities: Activities,
  work: () => Promise<T>,
  options: Partial<WorkerOptions> = {},
): Promise<T> {
  const common = {
    connection: await workerConnection(),
    namespace: client.options.namespace,
    identity: 'test-worker',
    activities,
    maxHeartbeatThrottleInterval: '100ms',
    shutdownForceTime: '2s',
    ...options,
  } as const;
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: TASK_QUEUES.main, workflowBundle: await workflowBundle() }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.extract }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.train }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const stop = async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  stops.add(stop);
  try {
    return await work();
  } finally {
    await stop();
    stops.delete(stop);
  }
}

/** The connection of all workers of the tests. */
export function workerConnection(): Promise<NativeConnection> {
  connected ??= connect();
  return connected;
}

async function connect(): Promise<NativeConnection> {
  installRuntime();
  const connection = await NativeConnection.connect({ address: testServer().address });
  atEnd(async () => {
    for (const stop of stops) await stop().catch(() => undefined);
    await connection.close();
  });
  return connection;
}

/** Starts the workflow of a run. */
export function startTrainingRun(
  client: Client,
  config: RunConfig,
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof trainingRun>> {
  return client.workflow.start<typeof trainingRun>('trainingRun', {
    workflowId: workflowIdOfRun(config.name),
    taskQueue: TASK_QUEUES.main,
    args: [config],
  });
}
