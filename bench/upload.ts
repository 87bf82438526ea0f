import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
/** As many as there are sides: each uploads every part, and is the first, the second and the last to upload one. */
const PARTS = 3;

type Part = { folder: string; files: string[] };
type Side = { name: string; upload(part: Part): Promise<unknown>; close?(): Promise<void> };
type Server = Awaited<ReturnType<typeof startMinio>>;

/** What the work of a side took; the processor time is that of this process, all its threads together. */
type Cost = { seconds: number; cpuSeconds: number; peakBytes: number };

/**
 * Uploads files of the names and sizes of the four corpora to a local MinIO: our fetch, which also hashes, decodes and
 * measures each, against plain parallel puts of the same files, by minio-js and by our own client; the faster counts.
 * `npm run bench -- upload [FILES]`, 12,162 by default.
 *
 * @returns 1 when our rate is below 0.8 of the plain one
 */
export async function main([count = '12162']: string[]): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'ser-bench-upload-'));
  try {
    const parts = await makeParts(scratch, Number(count));
    const server = await startMinio({ dir: join(scratch, 'minio'), shared: false });
    try {
      return report(
        await measure([await minioSide(server), await clientSide(server), await ourSide(server, scratch)], parts),
        parts.flatMap(({ files }) => files).length,
      );
    } finally {
      await server.kill();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Costs of each side, part by part. */
async function measure(sides: readonly Side[], parts: readonly Part[]): Promise<Map<string, Cost[]>> {
  const costs = new Map(sides.map(({ name }): [string, Cost[]] => [name, []]));
  try {
    for (const [turn, part] of parts.entries()) {
      for (const side of [...sides.slice(turn), ...sides.slice(0, turn)]) {
        costs.get(side.name)!.push(await costOf(() => side.upload(part)));
      }
    }
  } finally {
    for (const side of sides) await side.close?.();
  }
  return costs;
}

function report(costs: ReadonlyMap<string, Cost[]>, files: number): number {
  const sum = (of: readonly Cost[], what: keyof Cost) => of.reduce((total, cost) => total + cost[what], 0);
  console.log(`files                 ${files}`);
  for (const [name, parts] of costs) {
    const seconds = sum(parts, 'seconds');
    const cpuMs = ((1000 * sum(parts, 'cpuSeconds')) / files).toFixed(2);
    console.log(
      `${name.padEnd(22)}${seconds.toFixed(1)} s, ${(files / seconds).toFixed(0)} files/s, ${cpuMs} ms of processor time a file`,
    );
  }
  const [byMinio, byClient, ours] = [...costs.values()];
  const ratio = Math.min(sum(byMinio!, 'seconds'), sum(byClient!, 'seconds')) / sum(ours!, 'seconds');
  console.log(`ratio                 ${ratio.toFixed(2)} of the faster (at least ${LEAST_RATIO})`);
  const megabytes = ours!.map(({ peakBytes }) => (peakBytes / 2 ** 20).toFixed(0));
  console.log(`memory, ours          at most ${megabytes.join(', ')} MB, part by part`);
  return ratio < LEAST_RATIO ? 1 : 0;
}

/** Noise under the official names, of the official lengths; each file is another. */
async function makeParts(scratch: string, count: number): Promise<Part[]> {
  const all = await officialRecordings();
  const chosen = Array.from({ length: Math.min(count, all.length) }, (_, index) =>
    Math.floor(index * Math.max(1, all.length / count)),
  );
  return Array.from({ length: PARTS }, (_, part) => {
    const folder = join(scratch, `part-${part}`);
    mkdirSync(folder);
    const own = chosen.filter((_, index) => index % PARTS === part).map((index) => all[index]!);
    return { folder, files: own.map((recording) => makeFile(folder, recording)) };
  });
}

type OfficialRecording = Awaited<ReturnType<typeof officialRecordings>>[number];

function makeFile(folder: string, { name, frames, channels, sampleRate }: OfficialRecording): string {
  const samples = new Float64Array(frames * channels);
  let state = createHash('sha256').update(name).digest().readUInt32LE(0);
  for (let index = 0; index < samples.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    samples[index] = state / 2 ** 33;
  }
  const path = join(folder, name);
  writeFileSync(path, encodeWav(samples, sampleRate, 44));
  return path;
}

async function minioSide({ endpoint, accessKey, secretKey }: Server): Promise<Side> {
  const { hostname, port } = new URL(endpoint);
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
  await client.makeBucket('plain');
  const put = (path: string) => client.putObject('plain', basename(path), readFileSync(path));
  return { name: 'plain, by minio-js', upload: ({ files }) => inParallel(PUTS_AT_A_TIME, files, put) };
}

async function clientSide({ endpoint, accessKey, secretKey }: Server): Promise<Side> {
  const store = await openStore({ url: 's3://plainer', s3: { endpoint, accessKey, secretKey } });
  const put = (path: string) => store.put(basename(path), readFileSync(path));
  return { name: 'plain, by our client', upload: ({ files }) => inParallel(PUTS_AT_A_TIME, files, put) };
}

async function ourSide({ endpoint, accessKey, secretKey }: Server, scratch: string): Promise<Side> {
  const options = { url: 's3://ours/store', s3: { endpoint, accessKey, secretKey } };
  const store = await openStore(options);
  const pool = await builtThreadPool(options);
  return {
    name: 'ours',
    async upload({ folder, files }) {
      const remote = { cacheFolder: join(scratch, 'cache') };
      const data = { sources: [folder], maxRejected: 0 };
      const { catalogue } = await fetchCatalogue(store, pool, data, { remote, onFiles: () => undefined });
      const { usable } = catalogue.counts;
      if (usable !== files.length) throw new Error(`${usable} of ${files.length} files arrived`);
    },
    close: () => pool.close(),
  };
}

/** Threads of the built program: a loader of TypeScript does not reach what they import on demand. */
async function builtThreadPool(options: Parameters<typeof createThreadPool>[0]) {
  const built = (await import(new URL('../dist/worker/threadPool.js', import.meta.url).href)) as {
    createThreadPool: typeof createThreadPool;
  };
  return built.createThreadPool(options);
}

/** Begins when the disk has nothing left to do for what came before. */
async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  execFileSync('sync');
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  clearInterval(watch);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakBytes };
}
