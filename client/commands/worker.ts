import { SerError } from '../../core/contracts/errors.js';
import { TASK_QUEUES, type TaskQueue } from '../../core/contracts/names.js';
import { findServer } from '../../worker/connection.js';
import { registerWorker } from '../../worker/localWorker.js';
import { serveQueues } from '../../worker/worker.js';
import type { CommandContext } from '../context.js';
import { remoteAccess } from '../remoteAccess.js';
import { EXIT } from '../exitCodes.js';

export type WorkerOptions = {
  queues: string;
  logLevel: string;
  makeCurrent?: boolean;
  metrics?: string;
  register?: string;
};

/** Serves queues until it is told to end. */
export async function worker(options: WorkerOptions, context: CommandContext): Promise<number> {
  const { configuration, environment, home, terminal } = context;
  const queues = queuesOf(options.queues);
  const server = findServer(configuration, environment, home);
  if (server === undefined) {
    throw new SerError(
      'Unreachable',
      'no Temporal server is named, and none of our own runs here',
      home.serverFile,
      'Start one with `./ser up`, or name yours by TEMPORAL_ADDRESS.',
    );
  }
  await serveQueues({
    configuration,
    server,
    queues,
    logLevel: options.logLevel,
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    makeCurrent: options.makeCurrent ?? server.local,
    remote: remoteAccess(context),
    onReady(identity) {
      terminal.say(`polling ${queues.join(', ')} at ${server.options.address} as ${identity}`);
      if (options.register !== undefined) registerWorker(options.register, identity);
    },
  });
  return EXIT.done;
}

function queuesOf(text: string): TaskQueue[] {
  const known = Object.values(TASK_QUEUES) as string[];
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new SerError('BadConfig', `got "${unknown ?? text}"`, '--queues', `It takes some of ${known.join(', ')}.`);
  }
  return names as TaskQueue[];
}
