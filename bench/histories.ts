import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../core/contracts/activities.js';
import { TASK_QUEUES } from '../core/contracts/names.js';
import { SHARD_MEAN_SIZE } from '../core/contracts/stages.js';
import { historySizes } from '../test/durability/histories.js';
import type { extractFeatures } from '../workflows/extractFeatures.js';
import { createBenchFolder } from './shared/benchFolder.js';
import { type BenchServer, startBenchServer } from './shared/benchServer.js';

const EVENTS_BAR = 10_000;
const PAYLOAD_BAR_BYTES = 10_000;
const MEMORY_BAR_MB = 300;
const IN_FLIGHT = 16;
const LOOK_EVERY_MS = 500;

/**
 * `npm run bench -- histories [--files 1000000]`: the extraction of a very large corpus by activities that do nothing, one
 * a shard. Prints what a shard costs, how large the histories grow and how much memory the worker takes; exits 1 above
 * 10,000 events an execution, 10 KB a payload or 300 MB of growth.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { files: { type: 'string', default: '1000000' } } });
  const shards = Math.ceil(Number(values.files) / SHARD_MEAN_SIZE);
  const folder = createBenchFolder();
  const server = await startBenchServer(folder);
  try {
    return await extractNothing(server, shards);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function extractNothing(server: BenchServer, shards: number): Promise<number> {
  const client = await server.client('histories');
  let done = 0;
  const extractShard: Activities['extractShard'] = ({ shard }) => {
    done += 1;
    return Promise.resolve({ key: '0'.repeat(64), reused: false, shard, files: SHARD_MEAN_SIZE, rejected: 0 });
  };
  const stop = await serve(server.address, client, { extractShard });
  const memory = watchMemory();
  const started = performance.now();
  const handle = await client.workflow.start<typeof extractFeatures>('extractFeatures', {
    workflowId: 'extract',
    taskQueue: TASK_QUEUES.main,
    args: [{ plan: '0'.repeat(64), pending: `0-${shards - 1}`, inFlight: IN_FLIGHT }],
  });
  const { progress } = await handle.result();
  const seconds = (performance.now() - started) / 1000;
  const { grownMb, grownInSecondHalfMb } = memory.stop();
  const sizes = await historySizes(client, handle.workflowId, handle.firstExecutionRunId);
  await stop();

  const events = Math.max(...sizes.map((size) => size.events));
  const payload = Math.max(...sizes.map(({ largestPayloadBytes }) => largestPayloadBytes));
  console.log(`${shards} shards of ${SHARD_MEAN_SIZE} files, each an activity that does nothing`);
  console.log(`  ${seconds.toFixed(1)} s, ${((1000 * seconds) / shards).toFixed(2)} ms a shard`);
  console.log(`  ${sizes.length} executions, of at most ${events} events and payloads of at most ${payload} bytes`);
  console.log(
    `  worker memory: ${grownMb.toFixed(0)} MB more at its peak, of it ${grownInSecondHalfMb.toFixed(0)} MB in the second half`,
  );
  const once = progress.done === shards && done === shards;
  const holds = once && events < EVENTS_BAR && payload < PAYLOAD_BAR_BYTES && grownMb < MEMORY_BAR_MB;
  console.log(
    `${holds ? 'holds ' : 'MISSED'}  under ${EVENTS_BAR} events, ${PAYLOAD_BAR_BYTES} bytes, ${MEMORY_BAR_MB} MB; each shard once: ${once}`,
  );
  return holds ? 0 : 1;
}

/** Serves the queues of an extraction in this process; returns what ends it. */
async function serve(address: string, client: Client, activities: Partial<Activities>): Promise<() => Promise<void>> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const connection = await NativeConnection.connect({ address });
  const common = { connection, namespace: client.options.namespace, activities };
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.main,
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
    }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.extract }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  };
}

/** Looks at the resident memory of this process, from which the workers are served. */
function watchMemory() {
  const seen: number[] = [process.memoryUsage.rss()];
  const timer = setInterval(() => seen.push(process.memoryUsage.rss()), LOOK_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      const peak = Math.max(...seen);
      const peakOfFirstHalf = Math.max(...seen.slice(0, Math.ceil(seen.length / 2)));
      return { grownMb: (peak - seen[0]!) / 2 ** 20, grownInSecondHalfMb: (peak - peakOfFirstHalf) / 2 ** 20 };
    },
  };
}
