import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';
import { synthesise } from '../../core/corpora/demo/synthesiser.js';
import { planUtterance } from '../../core/corpora/demo/plan.js';
import { demoUtterances } from '../../core/corpora/demo/script.js';
import { encodeWav } from '../../core/corpora/demo/wav.js';
import { type ClosablePool, createThreadPool } from '../../worker/threadPool.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';

describe('a pool of threads', function () {
  this.timeout(30_000);
  let pool: ClosablePool;
  let recording: string;

  before(() => {
    const utterance = demoUtterances()[0]!;
    const { sampleRate, dataOffset } = utterance.style;
    recording = join(scratchFolder(), 'recording.wav');
    writeFileSync(recording, encodeWav(synthesise(planUtterance(utterance), utterance), sampleRate, dataOffset));
    pool = createThreadPool({ url: join(scratchFolder(), 'store') }, 2);
  });
  after(() => pool.close());

  const extract = (paths: string[], options = {}) =>
    pool.run('extractFiles', { paths, features: 'librosa195' }, options);

  it('runs jobs at the same time and gives the same results as one thread', async () => {
    const [one, two] = await Promise.all([extract([recording]), extract([recording])]);
    expect(one).to.deep.equal(two);
    expect(one[0]).to.have.property('values').with.length(195);
  });

  it('tells how far a job is', async () => {
    const told: unknown[] = [];
    await extract([recording, recording, recording], { onProgress: (progress: unknown) => told.push(progress) });
    expect(told).to.deep.equal([1, 2, 3]);
  });

  it('keeps the kind and the words of an error', async () => {
    const failure = await failureOf(() => pool.run('extractShard', { plan: 'none', shard: 0 }));
    expect(failure).to.be.instanceOf(SerError);
    expect(failure).to.include({ kind: 'StoreUnavailable' });
    expect(failure.subject).to.match(/plans\/none$/);
    expect(failure.remedy).not.to.equal('');
    expect(failure.stack).to.contain('standingManifest');
  });

  it('passes on an error that nobody expected', async () => {
    const error: unknown = await pool.run('noSuchJob' as never, {} as never).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(SerError);
    expect((error as Error).message).to.contain('is not a function');
  });

  it('ends a busy thread when its job is cancelled, and goes on with another', async () => {
    const cancellation = new AbortController();
    const endless = extract(Array<string>(10_000).fill(recording), {
      signal: cancellation.signal,
      onProgress: () => cancellation.abort(),
    });
    const error: unknown = await endless.catch((thrown: unknown) => thrown);
    expect(error).to.have.property('name', 'AbortError');
    expect(await extract([recording])).to.have.length(1);
  });

  it('has as many threads as it was asked for, else one a core', async () => {
    expect(pool.threads).to.equal(2);
    const open = createThreadPool(undefined);
    expect(open.threads).to.be.greaterThan(0);
    await open.close();
  });

  it('fails the job, not the process, when a thread cannot start, and the next job just so', async () => {
    const broken = createThreadPool(undefined, 1, { entry: new URL('./noThread.mjs', import.meta.url) });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error: unknown = await broken
        .run('extractFiles', { paths: [recording], features: 'librosa195' })
        .catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/no thread can be started .*noThread/);
    }
    await broken.close();
  });

  it('without a store refuses the jobs that need one', async () => {
    const storeless = createThreadPool(undefined, 1);
    const failure = await failureOf(() => storeless.run('extractShard', { plan: 'none', shard: 0 }));
    expect(failure.kind).to.equal('BadConfig');
    await storeless.close();
  });
});
