import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
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
const OURS = 'ours';

type Part = { folder: string; files: string[] };
type Side = { name: string; upload(part: Part): Promise<unknown>; close?(): Promise<void> };
type Server = Awaited<ReturnType<typeof startMinio>>;

/** What the work of a side took; the processor time is that of this process, all its threads together. */
type Cost = { seconds: number; cpuSeconds: number; peakBytes: number };

/**
 * Uploads files of the names and sizes of the four corpora to a local MinIO: our fetch, which also hashes, decodes and
 * measures each, against plain parallel puts of the same files, by minio-js, by our own client, and by MinIO's own `mc`
 * where its program is given; the fastest counts. `npm run bench -- upload [FILES] [--mc PROGRAM]`, 12,162 by default.
 *
 * @returns 1 when our rate is below 0.8 of the fastest plain one
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { mc: { type: 'string' } } });
  const scratch = mkdtempSync(join(tmpdir(), 'ser-bench-upload-'));
  const server = await startMinio({ dir: join(scratch, 'minio'), shared: false });
  try {
    const sides = [await minioSide(server), await clientSide(server), await ourSide(server, scratch)];
    if (values.mc !== undefined) sides.push(mcSide(server, values.mc, scratch));
    const parts = await makeParts(scratch, Number(positionals[0] ?? 12_162), sides.length);
    return report(await measure(sides, parts), parts.flatMap(({ files }) => files).length);
  } finally {
    await server.kill();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Costs of each side, part by part. There are as many parts as sides: each side is once the first to upload a part, once
 * the second, and so on, since the server slows as it fills.
 */
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
  const sum = (name: string, what: keyof Cost) => costs.get(name)!.reduce((total, cost) => total + cost[what], 0);
  console.log(`files                 ${files}`);
  for (const name of costs.keys()) {
    const seconds = sum(name, 'seconds');
    const cpuMs = ((1000 * sum(name, 'cpuSeconds')) / files).toFixed(2);
    console.log(
      `${name.padEnd(22)}${seconds.toFixed(1)} s, ${(files / seconds).toFixed(0)} files/s, ${cpuMs} ms of this process a file`,
    );
  }
  const plain = [...costs.keys()].filter((name) => name !== OURS);
  const ratio = Math.min(...plain.map((name) => sum(name, 'seconds'))) / sum(OURS, 'seconds');
  console.log(`ratio                 ${ratio.toFixed(2)} of the fastest (at least ${LEAST_RATIO})`);
  const megabytes = costs.get(OURS)!.map(({ peakBytes }) => (peakBytes / 2 ** 20).toFixed(0));
  console.log(`memory, ours          at most ${megabytes.join(', ')} MB, part by part`);
  return ratio < LEAST_RATIO ? 1 : 0;
}

/** Noise under the official names, of the official lengths; each file is another. */
async function makeParts(scratch: string, count: number, parts: number): Promise<Part[]> {
  const all = await officialRecordings();
  const chosen = Array.from({ length: Math.min(count, all.length) }, (_, index) =>
    Math.floor(index * Math.max(1, all.length / count)),
  );
  return Array.from({ length: parts }, (_, part) => {
    const folder = join(scratch, `part-${part}`);
    mkdirSync(folder);
    const own = chosen.filter((_, index) => index % parts === part).map((index) => all[index]!);
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

/** A folder at once, by as many puts at a time as it finds good. */
function mcSide({ endpoint, accessKey, secretKey }: Server, program: string, scratch: string): Side {
  const { protocol, host } = new URL(endpoint);
  const env = { ...process.env, MC_HOST_bench: `${protocol}//${accessKey}:${secretKey}@${host}` };
  const mc = (...args: string[]) =>
    promisify(execFile)(program, ['--config-dir', join(scratch, 'mc'), '--quiet', ...args], {
      env,
      maxBuffer: 2 ** 26,
    });
  return {
    name: 'plain, by mc',
    async upload({ folder }) {
      await mc('mb', '--ignore-existing', 'bench/copied');
      await mc('cp', '--recursive', `${folder}/`, 'bench/copied/');
    },
  };
}

async function ourSide({ endpoint, accessKey, secretKey }: Server, scratch: string): Promise<Side> {
  const options = { url: 's3://ours/store', s3: { endpoint, accessKey, secretKey } };
  const store = await openStore(options);
  const pool = await builtThreadPool(options);
  return {
    name: OURS,
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
