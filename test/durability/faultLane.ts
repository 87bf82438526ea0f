import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { openStore } from '../../core/store/open.js';
import type { MinioServer } from '../../tools/minio.mjs';
import { runConfig } from '../support/runConfig.js';
import { freshClient, testServer } from '../support/server.js';
import { contentsOf, keysUnder } from './contents.js';
import { type FaultName, startFaultProxy } from './faultProxy.js';
import { superviseWorker } from './processes.js';

/** What became of a run through a fault. */
export type Outcome = { state: string; injected: number; seconds: number; contents: Record<string, string> };

/** A store behind a proxy of its own and a worker that knows no other way to it: runs go there one after another. */
export type Lane = {
  /** Makes a whole run in an empty store, a fault befalling every `nth` request, so many times at most. */
  run(fault?: { name: FaultName; nth: number; atMost?: number }): Promise<Outcome>;
  stop(): Promise<void>;
};

const TRAINING = { ...runConfig().training, epochs: 5 };

/**
 * @param minio where the objects lie in the end
 * @param folder for the worker's log
 */
export async function openLane(name: string, minio: MinioServer, corpus: string, folder: string): Promise<Lane> {
  const { endpoint, accessKey, secretKey } = minio;
  const proxy = await startFaultProxy(endpoint);
  const client = await freshClient();
  const url = `s3://faults/${name}`;
  const store = await openStore({ url, s3: { endpoint, accessKey, secretKey } });
  const work = join(folder, name);
  mkdirSync(work);
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TEMPORAL_ADDRESS: testServer().address,
    TEMPORAL_NAMESPACE: client.options.namespace,
    SER_STORE: url,
    S3_ENDPOINT: proxy.endpoint,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
  };
  const worker = superviseWorker(environment, work, join(folder, `${name}.log`));
  let runs = 0;

  return {
    async run(fault) {
      for (const key of await keysUnder(store, '')) await store.delete(key);
      const config = runConfig({
        name: `run-${++runs}`,
        store: url,
        data: { sources: [corpus], maxRejected: 0 },
        training: TRAINING,
        promote: 'never',
      });
      if (fault !== undefined) proxy.inflict(fault.name, fault.nth, fault.atMost);
      const started = performance.now();
      const status = (await client.workflow.execute('trainingRun', {
        workflowId: workflowIdOfRun(config.name),
        taskQueue: TASK_QUEUES.main,
        args: [config],
      })) as RunStatus;
      const seconds = (performance.now() - started) / 1000;
      const injected = proxy.relent();
      return { state: status.state, injected, seconds, contents: await contentsOf(store) };
    },
    async stop() {
      await worker.stop();
      await proxy.close();
    },
  };
}
