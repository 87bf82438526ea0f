import type { ObjectStore } from '../../core/store/objectStore.js';

/** What a thread hands to the jobs it runs. */
export type JobContext = {
  store(): Promise<ObjectStore>;
  /** Tells the main thread how far the job is; the latest word wins. */
  report(progress: unknown): void;
  /** Hands bytes over to be kept for another attempt, should this one die; the job goes on at once and loses the bytes. */
  keep(bytes: Uint8Array<ArrayBuffer>): void;
};

/** A piece of heavy work: plain data in, plain data out. */
export type Job<Input, Output> = (input: Input, context: JobContext) => Promise<Output>;
