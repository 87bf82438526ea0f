import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { JobOptions, ThreadPool } from '../activities/dependencies.js';
import type { JobInput, JobName, JobOutput } from '../activities/jobs/index.js';
import type { StoreOptions } from '../core/contracts/configuration.js';
import { reviveError, type ThreadMessage, type ThreadOutcome } from './threadMessages.js';

export type ClosablePool = ThreadPool & { close(): Promise<void> };

/**
 * Threads that share nothing but their jobs. They start when first needed and open the store by themselves.
 *
 * @param threads 0 for one per core
 */
export function createThreadPool(storeOptions: StoreOptions | undefined, threads = 0): ClosablePool {
  const count = threads > 0 ? threads : availableParallelism();
  const pool = new Piscina({
    filename: new URL(`./thread${extname(import.meta.url)}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: count,
    idleTimeout: 30_000,
    workerData: { storeOptions },
  });
  return {
    threads: count,
    close: () => pool.close({ force: true }),
    async run<N extends JobName>(name: N, input: JobInput<N>, options: JobOptions = {}): Promise<JobOutput<N>> {
      const { port1: inbox, port2: outbox } = new MessageChannel();
      const hear = (message: ThreadMessage) => {
        if ('progress' in message) options.onProgress?.(message.progress);
        else options.onKeep?.(message.kept);
      };
      inbox.on('message', hear);
      try {
        const task = { name, input, outbox };
        const running = pool.run(task, {
          transferList: [outbox],
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        }) as Promise<ThreadOutcome<JobOutput<N>>>;
        const outcome = await running;
        if ('error' in outcome) throw reviveError(outcome.error);
        return outcome.result;
      } finally {
        // The result comes by a channel of its own, and may overtake the last words.
        for (let last = receiveMessageOnPort(inbox); last; last = receiveMessageOnPort(inbox)) {
          hear(last.message as ThreadMessage);
        }
        inbox.close();
      }
    },
  };
}
