import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { type JobInput, type JobName, jobs } from '../activities/jobs/index.js';
import type { Job } from '../activities/jobs/job.js';
import { SerError } from '../core/contracts/errors.js';
import { countedStore, noUse, type StoreUse } from '../core/store/countedStore.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { openStore } from '../core/store/open.js';
import { plainError, type ThreadMessage, type ThreadOutcome, type ThreadSettings } from './threadMessages.js';

type Task = { name: JobName; input: JobInput<JobName>; outbox: MessagePort };

const { storeOptions, countsStoreUse } = workerData as ThreadSettings;

let store: Promise<ObjectStore> | undefined;
/** Of the job that runs; a thread has one at a time. */
let use: StoreUse | undefined;

/** Opened once a thread; an attempt that failed is not kept. */
function threadStore(): Promise<ObjectStore> {
  if (storeOptions === undefined) throw new SerError('BadConfig', 'this job needs a store and was given none');
  store ??= openStore(storeOptions)
    .then((opened) => (countsStoreUse ? countedStore(opened, () => use) : opened))
    .catch((error: unknown) => {
      store = undefined;
      throw error;
    });
  return store;
}

/** The entry of every thread of the pool: runs one job and says how it ended. */
export default async function runJob({ name, input, outbox }: Task): Promise<ThreadOutcome<unknown>> {
  const job = jobs[name] as Job<JobInput<JobName>, unknown>;
  const post = (message: ThreadMessage, transfer: ArrayBuffer[] = []) => outbox.postMessage(message, transfer);
  use = countsStoreUse ? noUse() : undefined;
  post({ started: true });
  try {
    const result = await job(input, {
      store: threadStore,
      report: (progress) => post({ progress }),
      keep: (bytes) => post({ kept: bytes }, [bytes.buffer]),
    });
    return { result, ...(use && { used: use }) };
  } catch (error) {
    return { error: plainError(error), ...(use && { used: use }) };
  } finally {
    outbox.close();
  }
}
