import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { JobOptions, ThreadPool } from '../activities/dependencies.js';
import type { JobInput, JobName, JobOutput } from '../activities/jobs/index.js';
import type { StoreOptions } from '../core/contracts/configuration.js';
import type { StoreUse } from '../core/store/countedStore.js';
import { reviveError, type ThreadMessage, type ThreadOutcome, type ThreadSettings } from './threadMessages.js';

export type ClosablePool = ThreadPool & { close(): Promise<void> };

type PoolOptions = {
  /** The module that every thread loads. */
  entry?: URL;
  /** Hears what a job has asked of the store, in the course of the call that asked for the job. */
  onStoreUse?: (use: StoreUse) => void;
};

const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/**
 * Threads that share nothing but their jobs. They start when first needed and open the store by themselves. When one cannot
 * start, the jobs that wait for a thread fail, and those that run go on.
 *
 * @param threads 0 for one per core
 */
export function createThreadPool(
  storeOptions: StoreOptions | undefined,
  threads = 0,
  { entry = THREAD, onStoreUse }: PoolOptions = {},
): ClosablePool {
  const count = threads > 0 ? threads : availableParallelism();
  const waiting = new Set<(reason: Error) => void>();
  const pool = new Piscina({
    filename: entry.href,
    minThreads: 0,
    maxThreads: count,
    idleTimeout: 30_000,
    workerData: { storeOptions, countsStoreUse: onStoreUse !== undefined } satisfies ThreadSettings,
  });
  pool.on('error', (error: Error) => {
    for (const giveUp of waiting) giveUp(new Error(`no thread can be started (${error.message})`, { cause: error }));
  });
  return {
    threads: count,
    close: () => pool.close({ force: true }),
    async run<N extends JobName>(name: N, input: JobInput<N>, options: JobOptions = {}): Promise<JobOutput<N>> {
      const { port1: inbox, port2: outbox } = new MessageChannel();
      const threadless = new AbortController();
      const giveUp = (reason: Error) => threadless.abort(reason);
      const hear = (message: ThreadMessage) => {
        if ('started' in message) waiting.delete(giveUp);
        else if ('progress' in message) options.onProgress?.(message.progress);
        else options.onKeep?.(message.kept);
      };
      inbox.on('message', hear);
      waiting.add(giveUp);
      const { signal = threadless.signal } = options;
      try {
        const outcome = (await pool.run(
          { name, input, outbox },
          { transferList: [outbox], signal: AbortSignal.any([signal, threadless.signal]) },
        )) as ThreadOutcome<JobOutput<N>>;
        if (outcome.used !== undefined) onStoreUse?.(outcome.used);
        if ('error' in outcome) throw reviveError(outcome.error);
        return outcome.result;
      } catch (error) {
        throw threadless.signal.aborted ? threadless.signal.reason : error;
      } finally {
        waiting.delete(giveUp);
        // The result comes by a channel of its own, and may overtake the last words.
        for (let last = receiveMessageOnPort(inbox); last; last = receiveMessageOnPort(inbox)) {
          hear(last.message as ThreadMessage);
        }
        inbox.close();
      }
    },
  };
}
