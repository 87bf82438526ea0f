import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { StoreOptions } from '../../core/contracts/configuration.js';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import type { Home } from '../../worker/home.js';
import { recordOf, stopProcess } from '../../worker/processes.js';
import { runningServer, startServer, stopServer } from '../../worker/localServer.js';
import { scratchHome } from '../support/folders.js';
import { type Supervised, superviseWorker } from './processes.js';

/** A Temporal server, a MinIO server and workers of its own, each of which can be killed and comes back. */
export type Installation = {
  home: Home;
  client: Client;
  logFile: string;
  store(prefix: string): StoreOptions;
  /** Workers on one store, in the place of those before. */
  serve(prefix: string, workers: number): Promise<void>;
  killWorker(index: number): void;
  killServer(): Promise<void>;
  killMinio(): Promise<void>;
  stop(): Promise<void>;
};

export async function startInstallation(): Promise<Installation> {
  const home = scratchHome();
  const work = join(home.folder, 'work');
  const dir = join(home.folder, 'minio');
  const logFile = join(home.folder, 'workers.log');
  mkdirSync(work);
  const server = await startServer(home, process.env, () => undefined);
  let minio: MinioServer = await startMinio({ dir, shared: false });
  const { endpoint, accessKey, secretKey } = minio;
  const killWithParent = () => {
    const running = runningServer(home);
    if (running !== undefined) process.kill(running.pid, 'SIGKILL');
  };
  process.once('exit', killWithParent);
  const connection = await Connection.connect({ address: server.address });
  let workers: Supervised[] = [];
  const endWorkers = () => Promise.all(workers.map((worker) => worker.stop()));
  const store = (prefix: string): StoreOptions => ({
    url: `s3://kills/${prefix}`,
    s3: { endpoint, accessKey, secretKey },
  });

  return {
    home,
    client: new Client({ connection }),
    logFile,
    store,
    async serve(prefix, count) {
      await endWorkers();
      const environment = {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TEMPORAL_ADDRESS: server.address,
        SER_STORE: store(prefix).url,
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY: accessKey,
        S3_SECRET_KEY: secretKey,
      };
      workers = Array.from({ length: count }, () => superviseWorker(environment, work, logFile));
    },
    killWorker: (index) => void workers[index % workers.length]?.kill(),
    async killServer() {
      const { pid } = runningServer(home)!;
      process.kill(pid, 'SIGKILL');
      await stopProcess(recordOf(pid), 5000);
      await startServer(home, process.env, () => undefined);
    },
    async killMinio() {
      await minio.kill();
      minio = await startMinio({ dir, shared: false, port: Number(new URL(endpoint).port), accessKey, secretKey });
    },
    async stop() {
      await endWorkers();
      await connection.close();
      await stopServer(home);
      process.off('exit', killWithParent);
      await minio.stop();
    },
  };
}
