import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { recordingsBelow, spread } from './shared/recordings.js';

const USAGE =
  'usage: npm run bench -- serve RECORDINGS_FOLDER --model BUNDLE_FOLDER [--requests 20000] [--connections 8]';
const BODIES = 100;
const WARM_UP = 500;

/**
 * `ser serve` under load, as a process of its own: requests a second, latency, and memory before and after. Each request
 * brings another of 100 recordings; what asks runs on the same machine.
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      requests: { type: 'string', default: '20000' },
      connections: { type: 'string', default: '8' },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || values.model === undefined) {
    console.error(USAGE);
    return 2;
  }
  const bodies = spread(recordingsBelow(resolve(folder)), BODIES).map((path) => readFileSync(path));
  const { child, url } = await startServer(resolve(values.model));
  try {
    const load = (amount: number) =>
      autocannon({
        url: `${url}/predict`,
        amount,
        connections: Number(values.connections),
        timeout: 60,
        requests: bodies.map((body) => ({ method: 'POST' as const, body })),
      });
    await load(WARM_UP);
    const before = await residentMegabytes(url);
    const { duration, latency, non2xx, errors, ...counts } = await load(Number(values.requests));
    const answered = counts['2xx'];
    console.log(`${answered} answers, ${non2xx} refused, ${errors} errors, ${values.connections} connections`);
    console.log(`requests a second      ${(answered / duration).toFixed(1)}`);
    console.log(`latency                median ${latency.p50} ms, 97.5 % ${latency.p97_5} ms, 99 % ${latency.p99} ms`);
    console.log(`95th percentile        at most ${await percentileBucket(url, 0.95)} s (histogram of the server)`);
    console.log(
      `resident memory        ${before.toFixed(0)} MB before, ${(await residentMegabytes(url)).toFixed(0)} MB after`,
    );
    return non2xx === 0 && errors === 0 ? 0 : 1;
  } finally {
    child.kill('SIGTERM');
  }
}

async function startServer(model: string): Promise<{ child: ChildProcess; url: string }> {
  const entry = fileURLToPath(new URL('../dist/client/entry.js', import.meta.url));
  const limits = ['--rate', '0', '--queue', '1000', '--log-level', 'warn'];
  const child = spawn(process.execPath, [entry, 'serve', '--model', model, '--port', '0', ...limits], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const url = / at (http:\S+?)\/?$/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
    console.error(line);
  }
  throw new Error('the server did not come up; is the program built? `npm run build` does it');
}

async function metric(url: string, name: RegExp): Promise<string[][]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(name)].map((match) => [...match]);
}

async function residentMegabytes(url: string): Promise<number> {
  const [found] = await metric(url, /^process_resident_memory_bytes (\S+)$/gm);
  return Number(found?.[1]) / 1e6;
}

/** The upper edge of the bucket that holds a quantile. */
async function percentileBucket(url: string, share: number): Promise<string> {
  const buckets = await metric(
    url,
    /^ser_serve_request_seconds_bucket\{le="(\S+?)",route="\/predict",status="200"\} (\d+)$/gm,
  );
  const total = Number(buckets.at(-1)?.[2]);
  return buckets.find(([, , count]) => Number(count) >= share * total)?.[1] ?? 'unknown';
}
