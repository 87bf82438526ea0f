import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { TASK_QUEUES } from '../core/contracts/names.js';
import type { extractFeatures } from '../workflows/extractFeatures.js';
import { createBenchFolder, serCommand } from './shared/benchFolder.js';
import { type BenchServer, startBenchServer } from './shared/benchServer.js';
import { storeOfficialCorpus } from './shared/officialCorpus.js';
import { quantile } from './shared/recordings.js';
import { storePlan } from './shared/storePlan.js';

const BAR = 0.9;

/** Workers that share the extractions of a namespace. */
type Crew = { client: Client; stop(): Promise<void> };

/**
 * `npm run bench -- workers [--files 4000] [--pairs 9]`: the same extraction by one worker process of two threads and by
 * two of one thread, in interleaved pairs, through a local server. Exits 1 when two processes are below 0.9 of two
 * threads in the median.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { files: { type: 'string', default: '4000' }, pairs: { type: 'string', default: '9' } },
  });
  const folder = createBenchFolder();
  const store = join(folder, 'store');
  const { key, plan } = await storePlan(store, await storeOfficialCorpus(store, Number(values.files)));
  const server = await startBenchServer(folder);
  const crews: Crew[] = [];
  try {
    crews.push(await startCrew(server, folder, store, 'threads', 1, 2));
    crews.push(await startCrew(server, folder, store, 'processes', 2, 1));
    const extract = async ({ client }: Crew, round: number): Promise<number> => {
      rmSync(join(store, 'features'), { recursive: true, force: true });
      const started = performance.now();
      await client.workflow.execute<typeof extractFeatures>('extractFeatures', {
        workflowId: `extract-${round}`,
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: key, pending: `0-${plan.shards.length - 1}`, inFlight: 8 }],
      });
      return (performance.now() - started) / 1000;
    };
    for (const crew of crews) await extract(crew, -1); // warm
    const ratios: number[] = [];
    for (let pair = 0; pair < Number(values.pairs); pair++) {
      const [threads, processes] = [await extract(crews[0]!, pair), await extract(crews[1]!, pair)];
      ratios.push(threads / processes);
      console.log(
        `  ${plan.shards.length} shards: two threads ${threads.toFixed(2)} s, two processes ${processes.toFixed(2)} s`,
      );
    }
    const ratio = quantile(
      [...ratios].sort((a, b) => a - b),
      0.5,
    );
    const holds = ratio >= BAR;
    console.log(
      `${holds ? 'holds ' : 'MISSED'}  two processes of one thread reach ${(100 * ratio).toFixed(0)} % of two threads in one, ` +
        `median of ${ratios.length} pairs; at least ${100 * BAR}`,
    );
    return holds ? 0 : 1;
  } finally {
    await Promise.all(crews.map((crew) => crew.stop()));
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startCrew(
  server: BenchServer,
  folder: string,
  store: string,
  namespace: string,
  processes: number,
  threads: number,
): Promise<Crew> {
  const client = await server.client(namespace);
  const environment = { PATH: process.env['PATH'], TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace };
  const workers = await Promise.all(
    Array.from({ length: processes }, () => startWorker(folder, environment, store, threads)),
  );
  return {
    client,
    async stop() {
      await Promise.all(
        workers.map((worker) => {
          worker.kill('SIGTERM');
          return once(worker, 'exit');
        }),
      );
    },
  };
}

/** Starts a worker process and waits until it polls. */
async function startWorker(
  folder: string,
  environment: NodeJS.ProcessEnv,
  store: string,
  threads: number,
): Promise<ChildProcess> {
  const [program, args] = serCommand('worker', '--store', store, '--threads', `${threads}`);
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  for await (const line of createInterface(child.stderr)) if (line.startsWith('polling')) break;
  child.stderr.resume();
  return child;
}
