import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { type ComputedShard, computedShard } from '../../test/durability/computedShards.js';
import { startMinio } from '../../tools/minio.mjs';
import { findHome } from '../../worker/home.js';
import { startServer } from '../../worker/localServer.js';
import { serCommand } from '../shared/benchFolder.js';
import { generateOfficialCorpus } from '../shared/officialCorpus.js';
import { type AttemptWatch, watchAttempts } from './attempts.js';
import { createFaultLog, type FaultLog } from './faultLog.js';
import { createMachines, HUB, type Machine } from './network.js';

const MACHINES = ['machine-1', 'machine-2', 'machine-3'];
const RECORDINGS = 's3://recordings/corpora';

/** What faults are made of, while a run goes on. */
export type Scene = {
  machines: readonly Machine[];
  store: ObjectStore;
  log: FaultLog;
  watch: AttemptWatch;
  /** What the workers have begun to compute so far. */
  computed: readonly ComputedShard[];
};

/** A run that has ended, and what was seen of it. */
export type FinishedRun<Told> = { status: RunStatus; told: Told } & Pick<Scene, 'store' | 'log' | 'computed'>;

/** A Temporal server and MinIO on this machine, and worker machines that reach nothing else. */
export type Cluster = {
  /** Generates recordings into a bucket; returns their size in bytes. */
  storeRecordings(count: number): Promise<number>;
  /** Trains in a store of its own, with new workers on new disks, while faults are made. */
  run<Told>(name: string, networks: number, makeFaults: (scene: Scene) => Promise<Told>): Promise<FinishedRun<Told>>;
};

/** @param folder has a `.ser` of its own */
export async function startCluster(folder: string): Promise<Cluster> {
  const machines = createMachines(MACHINES, join(folder, 'disks'));
  const server = await startServer(findHome(folder), process.env, () => undefined, '0.0.0.0'); // it talks to itself by loopback
  const address = `${HUB}:${new URL(`http://${server.address}`).port}`;
  const minio = await startMinio({ dir: join(folder, 'minio'), host: HUB, shared: false });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const { endpoint, accessKey, secretKey } = minio;
  const open = (url: string) => openStore({ url, s3: { endpoint, accessKey, secretKey } });
  const environmentOf = (store: string) => ({
    TEMPORAL_ADDRESS: address,
    SER_STORE: store,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
  });

  return {
    async storeRecordings(count) {
      const store = await open(RECORDINGS);
      let size = 0;
      for await (const { corpus, name, bytes } of generateOfficialCorpus(count)) {
        await store.put(`${corpus}/${name}`, bytes);
        size += bytes.length;
      }
      return size;
    },

    async run(name, networks, makeFaults) {
      const url = `s3://runs/${name}`;
      const store = await open(url);
      const environment = environmentOf(url);
      const computed: ComputedShard[] = [];
      const hear = (line: string) => {
        appendFileSync(join(folder, 'workers.log'), `${line}\n`);
        const shard = computedShard(line, url);
        if (shard !== undefined) computed.push(shard);
      };
      const workers = await Promise.all(machines.map((machine) => startWorker(machine, environment, hear)));

      const log = createFaultLog();
      const watch = watchAttempts(client, workflowIdOfRun(name), log);
      const type = ['run', '--data', RECORDINGS, '--name', name, '--ensemble', `${networks}`, '--output', 'json'];
      const running = runCommand(join(folder, name), type, environment, log).finally(() => watch.stop());
      const [status, told] = await Promise.all([running, makeFaults({ machines, store, log, watch, computed })]);

      await Promise.all(workers.map(endWorker));
      return { status, told, store, log, computed };
    },
  };
}

/** Starts a worker on a machine and waits until it polls. */
function startWorker(
  machine: Machine,
  environment: Record<string, string>,
  hear: (line: string) => void,
): Promise<ChildProcess> {
  return new Promise((ready, failed) => {
    const said: string[] = [];
    const worker = machine.start({
      command: serCommand('worker', '--threads', '1'),
      environment,
      onLine(line) {
        said.push(line);
        hear(line);
        if (line.startsWith('polling')) ready(worker);
      },
    });
    worker.once('exit', () => failed(new Error(`the worker of ${machine.name} ended:\n${said.slice(-10).join('\n')}`)));
  });
}

async function endWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  worker.kill('SIGTERM');
  await once(worker, 'exit');
}

/** Types the command that starts the run and follows it; what it says of stages goes into the log. */
async function runCommand(
  folder: string,
  args: string[],
  environment: Record<string, string>,
  log: FaultLog,
): Promise<RunStatus> {
  mkdirSync(join(folder, '.ser'), { recursive: true });
  const [program, rest] = serCommand(...args);
  const command = spawn(program, rest, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  createInterface(command.stderr).on('line', (line) => {
    said.push(line);
    if (/^[✓✗=]|no word/.test(line)) log.add('ser run', withoutKey(line));
  });
  const [printed, [code]] = await Promise.all([text(command.stdout), once(command, 'exit') as Promise<[number]>]);
  if (code !== 0) throw new Error(`ser ${args.join(' ')} ended with ${code}:\n${said.join('\n')}`);
  return JSON.parse(printed) as RunStatus;
}

/** A line of the command, in one column. */
function withoutKey(line: string): string {
  return line
    .replace(/ [0-9a-f]{12}$/, '')
    .replace(/ +/g, ' ')
    .trim();
}
