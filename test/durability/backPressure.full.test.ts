import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { audioKey } from '../../activities/objects/audio.js';
import { inParallel } from '../../activities/objects/parallel.js';
import { makePlan, planFiles, specOfPlan } from '../../activities/objects/planObject.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { encodeWav } from '../../core/corpora/demo/wav.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { runStage } from '../../core/store/stage.js';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import type { extractFeatures } from '../../workflows/extractFeatures.js';
import { startSer } from '../support/command.js';
import { scratchFolder } from '../support/folders.js';
import { freshClient, testServer } from '../support/server.js';
import { type Load, type SlowProxy, startSlowProxy } from './slowProxy.js';

const RECORDINGS = 3400;
const SAMPLE_RATE = 48_000;
const SECONDS = 0.8;

const THREADS = 2;
const SLOTS = THREADS + 1;
/** A thread has five on their way at most; the proxy sees the next one asked for before it has closed the last. */
const MOST_READS = THREADS * 6;
/** Far more shards than any worker takes: what holds it back must be its own. */
const SHARDS_OFFERED = 64;
const SLOWER = 10;

const MOST_MEGABYTES = 600;
/** Room for the collector's moods; half of the recordings that are read slowly are some 70 MB. */
const MOST_GROWTH_MEGABYTES = 48;

type Course = {
  seconds: number;
  recordings: number;
  firstHalfMB: number;
  secondHalfMB: number;
  mostMB: number;
  load: Load;
};

describe('a worker whose store is ten times slower than its processor', function () {
  this.timeout(120_000);
  let minio: MinioServer;
  let proxy: SlowProxy;
  let client: Client;
  let worker: ChildProcess;
  let planKey: string;
  /** Recordings in each shard. */
  let sizes: number[];
  /** A thread's time for one recording while the store is quick. */
  let recordingMs: number;

  before(async function () {
    if (process.platform !== 'linux') {
      console.log('    skipped: the memory of another process is read from /proc');
      this.skip();
    }
    const folder = scratchFolder();
    minio = await startMinio({ dir: join(folder, 'minio'), shared: false });
    const { endpoint, accessKey, secretKey } = minio;
    proxy = await startSlowProxy(endpoint);
    client = await freshClient();
    const url = 's3://slow/store';
    const store = await openStore({ url, s3: { endpoint, accessKey, secretKey } });
    ({ planKey, sizes } = await storeRecordings(store));
    const environment = {
      TEMPORAL_ADDRESS: testServer().address,
      TEMPORAL_NAMESPACE: client.options.namespace,
      S3_ENDPOINT: proxy.endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
    };
    const started = startSer(['worker', '--store', url, '--threads', `${THREADS}`], { folder, environment });
    worker = started.child;
    await started.says('polling');
    await extract(0, 4); // threads start, code is compiled
    const { seconds, recordings } = await extract(4, 10);
    recordingMs = (1000 * seconds * THREADS) / recordings;
  });

  after(async () => {
    if (worker?.exitCode === null && worker.kill('SIGTERM')) await once(worker, 'exit');
    await proxy?.close();
    await minio?.stop();
  });

  async function extract(from: number, to: number, delays = { readMs: 0, writeMs: 0 }): Promise<Course> {
    proxy.delay(delays);
    const memory = [residentMB(worker)];
    const sampling = setInterval(() => memory.push(residentMB(worker)), 50);
    const started = performance.now();
    try {
      const { progress } = await client.workflow.execute<typeof extractFeatures>('extractFeatures', {
        workflowId: `extract-${from}`,
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: planKey, pending: `${from}-${to - 1}`, inFlight: SHARDS_OFFERED }],
      });
      expect(progress).to.include({ done: to - from, failed: 0 });
    } finally {
      clearInterval(sampling);
    }
    return {
      seconds: (performance.now() - started) / 1000,
      recordings: sizes.slice(from, to).reduce((sum, size) => sum + size, 0),
      firstHalfMB: median(memory.slice(0, memory.length >> 1)),
      secondHalfMB: median(memory.slice(memory.length >> 1)),
      mostMB: Math.max(...memory),
      load: proxy.mostAtOnce(),
    };
  }

  it('reads no further ahead than its threads compute, in memory that does not grow', async () => {
    const readMs = SLOWER * recordingMs;
    const course = await extract(10, sizes.length - 12, { readMs, writeMs: 0 });
    tell(`reads of ${readMs.toFixed(0)} ms, ${recordingMs.toFixed(1)} ms a recording`, course);
    expect(course.load.recordingsRead).to.be.within(THREADS, MOST_READS);
    expect(course.seconds * 1000).to.be.above((course.recordings * readMs) / MOST_READS); // the store was the bottleneck
    expectBounded(course);
  });

  it('computes no more shards than it can write, in memory that does not grow', async () => {
    const from = sizes.length - 12;
    const shardMs = recordingMs * (sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
    const writeMs = (SLOWER * shardMs) / THREADS / 2; // the table, then the manifest
    const course = await extract(from, sizes.length, { readMs: 0, writeMs });
    tell(`two writes a shard of ${writeMs.toFixed(0)} ms, ${shardMs.toFixed(0)} ms a shard`, course);
    expect(course.load.shardsWritten).to.be.within(THREADS, SLOTS);
    expectBounded(course);
  });
});

/** Hums of a pitch of their own each, in a plan of some 64 a shard. */
async function storeRecordings(store: ObjectStore): Promise<{ planKey: string; sizes: number[] }> {
  const pitches = Array.from({ length: RECORDINGS }, (_, index) => 80 + index / 10);
  const rows = await inParallel(16, pitches, async (pitch) => {
    const samples = Float64Array.from(
      { length: SAMPLE_RATE * SECONDS },
      (_, sample) => 0.4 * Math.sin((2 * Math.PI * pitch * sample) / SAMPLE_RATE),
    );
    const bytes = encodeWav(samples, SAMPLE_RATE, 44);
    const row = { sha256: sha256Of(bytes), path: `${pitch.toFixed(1)}.wav`, corpus: 'hums', status: 'ok' } as Utterance;
    await store.put(audioKey(row), bytes);
    return row;
  });
  const { name, version } = librosa195;
  const plan = makePlan('hums', rows, { name, version });
  const { key } = await runStage(store, specOfPlan('hums', plan.featureSet), () =>
    Promise.resolve({ files: planFiles(plan) }),
  );
  return { planKey: key, sizes: plan.shards.map(({ recordings }) => recordings.length) };
}

function residentMB({ pid }: ChildProcess): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** Medians of the halves are compared: peaks tell when the collector came rather than what is held. */
function expectBounded({ firstHalfMB, secondHalfMB, mostMB }: Course): void {
  expect(secondHalfMB - firstHalfMB).to.be.below(MOST_GROWTH_MEGABYTES);
  expect(mostMB).to.be.below(MOST_MEGABYTES);
}

function tell(what: string, { seconds, recordings, firstHalfMB, secondHalfMB, mostMB, load }: Course): void {
  console.log(
    `    ${what}: ${recordings} recordings in ${seconds.toFixed(1)} s, at most ${load.recordingsRead} read and ` +
      `${load.shardsWritten} shards written at once, ${firstHalfMB.toFixed(0)} then ${secondHalfMB.toFixed(0)} MB, ${mostMB.toFixed(0)} at most`,
  );
}
