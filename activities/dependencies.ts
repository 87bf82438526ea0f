import type { RemoteAccess } from '../core/corpora/download/access.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { JobInput, JobName, JobOutput } from './jobs/index.js';

export type JobOptions = {
  /** Ends the thread in the middle of whatever it does. */
  signal?: AbortSignal;
  /** What the job reports as it goes. */
  onProgress?: (progress: unknown) => void;
  /** What the job wants kept for another attempt. */
  onKeep?: (bytes: Uint8Array) => void;
};

/** Threads that do the heavy work, so that heartbeats and cancellation never wait for it. */
export interface ThreadPool {
  readonly threads: number;
  run<N extends JobName>(name: N, input: JobInput<N>, options?: JobOptions): Promise<JobOutput<N>>;
}

/**
 * Where activities tell what they have worked, beside what the SDK tells of tasks and queues. Reused outputs are not
 * counted: nobody worked for them.
 */
export interface WorkMetrics {
  countShard(featureSet: string, files: number, seconds: number): void;
  /**
   * Recordings that a stage has refused, each counted where it was refused first.
   *
   * @param featureSet empty where it has no part in it
   */
  countRejects(stage: RejectingStage, featureSet: string, rejected: number): void;
  /** Seconds of each epoch of a training that has ended. */
  recordEpochs(backend: string, epochSeconds: readonly number[]): void;
}

/** Activities that may refuse a recording. */
export type RejectingStage = 'fetchCorpus' | 'fetchRecordings' | 'extractShard' | 'predictRecordings';

/** What activities work with; handed in once, when a worker starts. */
export type Dependencies = {
  store: ObjectStore;
  pool: ThreadPool;
  /** How remote sources are reached. */
  remote: RemoteAccess;
  /** Where the work that was done is counted; nowhere when left out. */
  metrics?: WorkMetrics;
  /** What messages to webhooks are signed with. */
  webhookKey?: string | undefined;
};
