import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { ThreadPool } from '../activities/dependencies.js';
import { inParallel } from '../activities/objects/parallel.js';
import { type ShardPlan, specOfShard } from '../activities/objects/planObject.js';
import { createAudioLoader } from '../core/audio/loadAudio.js';
import { librosa195 } from '../core/features/librosa195.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { openStore } from '../core/store/open.js';
import { runStage } from '../core/store/stage.js';
import { createThreadPool } from '../worker/threadPool.js';
import { quantile } from './shared/recordings.js';
import { type StoredRecording, storeOfficialCorpus } from './shared/officialCorpus.js';
import { storePlan } from './shared/storePlan.js';

const SECONDS_BAR = 60;
const SCALING_BAR = 0.95;
const CALIBRATION_FILES = 200;
/** At the end one thread waits for the other, half a shard in the mean; a whole extraction is some 190 shards. */
const SCALING_SHARDS = 64;
const SPIN_ROUNDS = 400_000_000;

/**
 * `npm run bench -- extract [--files 12162] [--pairs 9]`: the whole extraction from a folder store to Parquet, in threads,
 * over generated recordings with the official names, rates and lengths; then what a second thread gains, beside a control
 * that only computes. Exits 1 if a bar is missed.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { files: { type: 'string', default: '12162' }, pairs: { type: 'string', default: '9' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'ser-extract-'));
  try {
    const recordings = await storeOfficialCorpus(folder, Number(values.files));
    const store = await openStore({ url: folder });
    const millisecondsAFile = await calibrate(folder, recordings);
    const { plan, key } = await storePlan(folder, recordings);
    const fast = await extractAll(store, folder, plan, key, recordings.length, millisecondsAFile);
    const scales = await compareThreads(folder, key, plan, Number(values.pairs));
    return fast && scales ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Signal processing alone, in this thread, warm: milliseconds a file. */
async function calibrate(folder: string, recordings: readonly StoredRecording[]): Promise<number> {
  const extract = librosa195.createExtractor();
  const load = createAudioLoader(librosa195);
  const every = Math.max(1, Math.floor(recordings.length / CALIBRATION_FILES));
  const sample = recordings.filter((_, index) => index % every === 0);
  const files = sample.map(({ sha256 }) => readFileSync(join(folder, 'audio', `${sha256}.wav`)));
  const pass = async () => {
    const started = performance.now();
    for (const bytes of files) extract(await load(bytes, 'bench.wav'));
    return (performance.now() - started) / files.length;
  };
  await pass();
  return pass();
}

async function extractAll(
  store: ObjectStore,
  folder: string,
  plan: ShardPlan,
  key: string,
  files: number,
  millisecondsAFile: number,
): Promise<boolean> {
  const pool = createThreadPool({ url: folder });
  const memory = watchMemory();
  const started = performance.now();
  await inParallel(pool.threads + 1, plan.shards, async ({ recordings }, shard) => {
    const spec = specOfShard(
      recordings.map(({ sha256 }) => sha256),
      plan.featureSet,
    );
    await runStage(store, spec, async () => {
      const { files: output, rejects } = await pool.run('extractShard', { plan: key, shard });
      return { files: output, details: { rejects } };
    });
    memory.look(shard / plan.shards.length);
  });
  const seconds = (performance.now() - started) / 1000;
  await pool.close();

  const share = (millisecondsAFile * files) / (1000 * seconds * pool.threads);
  console.log(`${files} recordings in ${plan.shards.length} shards, ${pool.threads} threads, from a folder to Parquet`);
  console.log(`  ${seconds.toFixed(1)} s, ${(files / seconds).toFixed(0)} files a second`);
  console.log(
    `  signal processing ${millisecondsAFile.toFixed(2)} ms a file, ${(100 * share).toFixed(0)} % of the threads' time`,
  );
  console.log(`  memory: ${memory.summary()}`);
  const holds = seconds <= SECONDS_BAR;
  console.log(`${holds ? 'holds ' : 'MISSED'}  ${seconds.toFixed(1)} s, at most ${SECONDS_BAR}`);
  return holds;
}

/** The resident memory of the process with all its threads, at its peak and half-way. */
function watchMemory() {
  let peak = 0;
  let peakOfFirstHalf = 0;
  return {
    look(share: number) {
      const resident = process.memoryUsage.rss();
      peak = Math.max(peak, resident);
      if (share < 0.5) peakOfFirstHalf = Math.max(peakOfFirstHalf, resident);
    },
    summary: () => `peak ${megabytes(peak)} MB, ${megabytes(peakOfFirstHalf)} MB in the first half`,
  };
}

/** Interleaved pairs of one and two threads, of the extraction and of a control that only computes. */
async function compareThreads(folder: string, key: string, plan: ShardPlan, pairs: number): Promise<boolean> {
  const shards = plan.shards.slice(0, SCALING_SHARDS).map((_, index) => index);
  const pools = [1, 2].map((threads) => createThreadPool({ url: folder }, threads));
  const extract = (pool: ThreadPool) =>
    seconds(() => inParallel(pool.threads + 1, shards, (shard) => pool.run('extractShard', { plan: key, shard })));
  for (const pool of pools) await extract(pool); // warm
  const ratios: number[] = [];
  const gains: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const [one, two] = [await extract(pools[0]!), await extract(pools[1]!)];
    const [alone, together] = [await spin(2, 1), await spin(1, 2)];
    gains.push(one / two);
    ratios.push(one / two / (alone / together));
  }
  await Promise.all(pools.map((pool) => pool.close()));
  const median = (numbers: number[]) =>
    quantile(
      [...numbers].sort((a, b) => a - b),
      0.5,
    );
  const ratio = median(ratios);
  console.log(`from one thread to two: ${median(gains).toFixed(2)} times as fast, median of ${pairs} pairs`);
  const holds = ratio >= SCALING_BAR;
  console.log(`${holds ? 'holds ' : 'MISSED'}  ${(100 * ratio).toFixed(0)} % of what the control gains, at least 95`);
  return holds;
}

/** Computes `rounds` times in each of some threads at once. */
function spin(rounds: number, threads: number): Promise<number> {
  return seconds(() =>
    Promise.all(
      Array.from(
        { length: threads },
        () =>
          new Promise((done, failed) => {
            const options = { workerData: { rounds: rounds * SPIN_ROUNDS }, execArgv: [] };
            new Worker(new URL('./shared/spin.mjs', import.meta.url), options)
              .once('message', done)
              .once('error', failed);
          }),
      ),
    ),
  );
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
