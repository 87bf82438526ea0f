import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type pino from 'pino';
import { createActivities } from '../activities/index.js';
import type { Configuration } from '../core/contracts/configuration.js';
import { messageOf, SerError } from '../core/contracts/errors.js';
import { TASK_QUEUES, type TaskQueue, workerIdentity } from '../core/contracts/names.js';
import type { RemoteAccess } from '../core/corpora/download/access.js';
import { checkWritable } from '../core/store/checkWritable.js';
import { openStore } from '../core/store/open.js';
import type { ServerAddress } from './connection.js';
import { buildId, currentBuildOnceKnown, type DeploymentLink, deploymentOptions, makeCurrent } from './deployment.js';
import { dataConverterOf, parsePayloadKeys } from './payloadCodec.js';
import { createLog, temporalLogger } from './log.js';
import { createMetrics, metricsOptions } from './metrics.js';
import { createThreadPool } from './threadPool.js';
import type { Tracing } from './traces.js';

export type WorkerSettings = {
  configuration: Configuration;
  server: ServerAddress;
  queues: readonly TaskQueue[];
  logLevel: string;
  /** How activities reach remote sources. */
  remote: RemoteAccess;
  /** `host:port` where Prometheus finds metrics; none are kept without it. */
  metrics?: string;
  /** Takes over from workers of another build; without it, only where no build was ever current. */
  makeCurrent: boolean;
  /** Called once every queue is polled. */
  onReady: (identity: string) => void;
};

/**
 * Serves the queues until the process is told to end (SIGTERM, SIGINT): then it takes no more work, cancels what runs
 * and returns.
 *
 * @throws SerError `Unreachable` when the server does not answer, and whatever opening the store throws
 */
export async function serveQueues(settings: WorkerSettings): Promise<void> {
  const { configuration, server, queues } = settings;
  const log = createLog(settings.logLevel);
  const keys = parsePayloadKeys(configuration.payloadKeys);
  const store = await openStore(configuration.store);
  await checkWritable(store);

  // Only now: a runtime that nobody connects by holds the process, which has to end when the store is out of reach.
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { forward: {}, filter: 'WARN' },
      ...(settings.metrics === undefined ? {} : { metrics: metricsOptions(settings.metrics) }),
    },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
  const tracing = await startTracing(configuration, log);
  const pool = createThreadPool(configuration.store, configuration.threads, tracing?.pool);
  const connection = await connect(server);
  const ending = new AbortController();
  try {
    const keyIds = keys.map(({ id }) => id);
    const identity = workerIdentity(store.url, hostname(), process.pid, keyIds);
    const common: Omit<WorkerOptions, 'taskQueue'> = {
      connection,
      namespace: server.namespace,
      identity,
      workerDeploymentOptions: deploymentOptions(buildId()),
      dataConverter: dataConverterOf(keys),
      activities: createActivities({
        store: tracing?.counted(store) ?? store,
        pool,
        remote: settings.remote,
        webhookKey: configuration.webhookKey,
        metrics: createMetrics(Runtime.instance().metricMeter),
      }),
      maxHeartbeatThrottleInterval: '500ms',
      ...tracing?.options,
      shutdownGraceTime: '2s',
    };
    const variant = { encoded: keys.length > 0, traced: tracing !== undefined };
    const workers = await Promise.all(
      queues.map((taskQueue) =>
        Worker.create({ ...common, taskQueue, ...optionsOf(taskQueue, pool.threads, variant) }),
      ),
    );
    const running = Promise.all(workers.map((worker) => worker.run()));
    const link = { service: connection.workflowService, namespace: server.namespace };
    void takePlace(link, settings.makeCurrent, log, ending.signal).then(() => {
      if (ending.signal.aborted) return;
      log.info({ identity, build: buildId(), queues, store: store.url, threads: pool.threads }, 'worker ready');
      settings.onReady(identity);
    });
    await running;
  } finally {
    ending.abort();
    await pool.close();
    await connection.close();
    await tracing?.close();
    log.info('worker stopped');
  }
}

/** Loads what makes spans only where a collector is named. */
async function startTracing({ traces }: Configuration, log: pino.Logger): Promise<Tracing | undefined> {
  if (traces === undefined) return undefined;
  const { createTracing } = await import('./traces.js');
  return createTracing(traces, (reason) => log.warn({ collector: traces.url, reason }, 'traces do not arrive'));
}

/** Sees to it that the server sends work to this build, or says why it does not. */
async function takePlace(link: DeploymentLink, always: boolean, log: pino.Logger, signal: AbortSignal): Promise<void> {
  const build = buildId();
  const trying = (what: string) => ({ onWaiting: (reason: string) => log.warn({ build, reason }, what), signal });
  try {
    const current = always ? undefined : await currentBuildOnceKnown(link, trying('asks which build is current'));
    if (current === undefined) {
      await makeCurrent(link, build, trying('waits to be made current'));
    } else if (current !== build) {
      log.warn({ build, current }, 'another build is current: start with --make-current to take its place');
    }
  } catch (error) {
    log.warn({ build, error }, 'the server does not tell which build is current');
  }
}

/** Heavy activities are as many as there are threads, and one more that reads while the others compute. */
function optionsOf(taskQueue: TaskQueue, threads: number, variant: WorkflowVariant): Partial<WorkerOptions> {
  switch (taskQueue) {
    case TASK_QUEUES.main:
      return { ...workflowCode(variant), maxConcurrentActivityTaskExecutions: 20 };
    case TASK_QUEUES.extract:
      return { maxConcurrentActivityTaskExecutions: threads + 1 };
    case TASK_QUEUES.train:
      return { maxConcurrentActivityTaskExecutions: Math.max(1, threads) };
  }
}

/** Whether workflows encode the messages of failures, and whether they hand traces on. */
type WorkflowVariant = { encoded: boolean; traced: boolean };

/** The workflows, bundled when the program was built, so that a worker starts without webpack; from source, it bundles. */
function workflowCode({ encoded, traced }: WorkflowVariant): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (extname(import.meta.url) === '.ts') {
    return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
  }
  const name = `workflow-bundle${encoded ? '-encoded' : ''}${traced ? '-traced' : ''}.js`;
  const bundle = fileURLToPath(new URL(`../${name}`, import.meta.url));
  try {
    return { workflowBundle: { code: readFileSync(bundle, 'utf8') } };
  } catch {
    throw new SerError('Incompatible', 'the bundle of workflows is missing', bundle, 'Build it: npm run build');
  }
}

async function connect({ options }: ServerAddress): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw new SerError(
      'Unreachable',
      `no Temporal server answers (${messageOf(error).split('\n')[0]})`,
      options.address,
      'Start one with `./ser up`, or name yours by TEMPORAL_ADDRESS.',
    );
  }
}
