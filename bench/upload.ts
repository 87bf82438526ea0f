import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'minio';
import { fetchCatalogue } from '../activities/objects/fetchCatalogue.js';
import { inParallel } from '../activities/objects/parallel.js';
import { encodeWav } from '../core/corpora/demo/wav.js';
import { officialRecordings } from '../core/corpora/official.js';
import { openStore } from '../core/store/open.js';
import { startMinio } from '../tools/minio.mjs';
import type { createThreadPool } from '../worker/threadPool.js';

const LEAST_RATIO = 0.8;
const PUTS_AT_A_TIME = 32;

/**
 * Uploads files of the names and sizes of the four corpora to a local MinIO: our fetch, which also hashes, decodes and
 * measures each, against plain parallel puts of the same files. `npm run bench -- upload [FILES]`, 12,162 by default.
 *
 * @returns 1 when our rate is below 0.8 of the plain one
 */
export async function main([count = '12162']: string[]): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'ser-bench-upload-'));
  try {
    const files = await makeFiles(join(scratch, 'data'), Number(count));
    const server = await startMinio({ dir: join(scratch, 'minio'), shared: false });
    try {
      const plain = await timed(() => putPlainly(server, files));
      const ours = await fetchOurs(server, join(scratch, 'data'), files.length);
      const ratio = plain.seconds / ours.seconds;
      const rate = ({ seconds, cpuSeconds }: Cost) => {
        const cpuMs = (1000 * cpuSeconds) / files.length;
        return `${seconds.toFixed(1)} s, ${(files.length / seconds).toFixed(0)} files/s, ${cpuMs.toFixed(2)} ms of CPU a file`;
      };
      console.log(`files                 ${files.length}`);
      console.log(`plain puts            ${rate(plain)}`);
      console.log(`ours                  ${rate(ours)}`);
      console.log(`ratio                 ${ratio.toFixed(2)} (at least ${LEAST_RATIO})`);
      console.log(
        `memory, ours          ${megabytes(ours.startBytes)} at the start, ${megabytes(ours.peakBytes)} at most`,
      );
      return ratio < LEAST_RATIO ? 1 : 0;
    } finally {
      await server.kill();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Noise under the official names, of the official lengths; each file is another. */
async function makeFiles(folder: string, count: number): Promise<string[]> {
  await mkdir(folder);
  const step = Math.max(1, 12_162 / count);
  const all = await officialRecordings();
  const chosen = Array.from({ length: Math.min(count, all.length) }, (_, index) => all[Math.floor(index * step)]!);
  return chosen.map(({ name, frames, channels, sampleRate }) => {
    const seed = createHash('sha256').update(name).digest();
    const samples = new Float64Array(frames * channels);
    let state = seed.readUInt32LE(0);
    for (let index = 0; index < samples.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      samples[index] = state / 2 ** 33;
    }
    const path = join(folder, name);
    writeFileSync(path, encodeWav(samples, sampleRate, 44));
    return path;
  });
}

type Server = Awaited<ReturnType<typeof startMinio>>;

async function putPlainly({ endpoint, accessKey, secretKey }: Server, files: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(endpoint);
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
  await client.makeBucket('plain');
  await inParallel(PUTS_AT_A_TIME, files, async (path) => {
    await client.putObject('plain', path.slice(path.lastIndexOf('/') + 1), readFileSync(path));
  });
}

async function fetchOurs({ endpoint, accessKey, secretKey }: Server, folder: string, count: number) {
  const options = { url: 's3://ours/store', s3: { endpoint, accessKey, secretKey } };
  const store = await openStore(options);
  const pool = await builtThreadPool(options);
  const startBytes = process.memoryUsage.rss();
  let peakBytes = startBytes;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 100);
  try {
    const data = { sources: [folder], maxRejected: 0 };
    const cost = await timed(async () => {
      const remote = { cacheFolder: join(folder, '..', 'cache') };
      const { catalogue } = await fetchCatalogue(store, pool, data, { remote, onFiles: () => undefined });
      if (catalogue.counts.usable !== count) throw new Error(`${catalogue.counts.usable} of ${count} files arrived`);
    });
    return { ...cost, peakBytes, startBytes };
  } finally {
    clearInterval(watch);
    await pool.close();
  }
}

/** Threads of the built program: a loader of TypeScript does not reach what they import on demand. */
async function builtThreadPool(options: Parameters<typeof createThreadPool>[0]) {
  const built = (await import(new URL('../dist/worker/threadPool.js', import.meta.url).href)) as {
    createThreadPool: typeof createThreadPool;
  };
  return built.createThreadPool(options);
}

/** What some work took of this process, all its threads together. */
type Cost = { seconds: number; cpuSeconds: number };

/** Begins when the disk has nothing left to do for what came before. */
async function timed(work: () => Promise<void>): Promise<Cost> {
  execFileSync('sync');
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}
