import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { startRun } from '../../client/startRun.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import type { StoreOptions } from '../../core/contracts/configuration.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import { type Ended, ser } from '../support/command.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient, testServer } from '../support/server.js';
import { keysUnder } from './contents.js';
import { type Supervised, superviseWorker } from './processes.js';
import { writeSmallCorpus } from './smallCorpus.js';

const WORKERS = 2;

/** Stages whose output does not name its run; reports do. */
const SHARED = ['fetchCorpus', 'planShards', 'splitUtterances', 'trainModel', 'evaluateModel'];

describe('a MinIO store that several use', function () {
  this.timeout(300_000);
  const workers: Supervised[] = [];
  let minio: MinioServer;
  let client: Client;
  let store: ObjectStore;
  let config: RunConfig;
  let type: (...args: string[]) => Promise<Ended>;

  before(async () => {
    const folder = scratchFolder();
    const corpus = join(folder, 'corpus');
    await writeSmallCorpus(corpus, 6);
    minio = await startMinio({ dir: join(folder, 'minio'), shared: false });
    const { endpoint, accessKey, secretKey } = minio;
    const options: StoreOptions = { url: 's3://twins/store', s3: { endpoint, accessKey, secretKey } };
    store = await openStore(options);
    client = await freshClient();
    const environment = {
      TEMPORAL_ADDRESS: testServer().address,
      TEMPORAL_NAMESPACE: client.options.namespace,
      SER_STORE: options.url,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
    };
    const { PATH, HOME } = process.env;
    for (let index = 0; index < WORKERS; index++) {
      const work = join(folder, `worker-${index}`);
      mkdirSync(work);
      workers.push(superviseWorker({ ...environment, PATH, HOME }, work, join(folder, `worker-${index}.log`)));
    }
    type = (...args) => ser(args, { folder, environment });
    config = runConfig({
      store: options.url,
      data: { sources: [corpus], maxRejected: 0 },
      training: { ...runConfig().training, epochs: 20 },
    });
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await minio?.stop();
  });

  const finished = (name: string) => client.workflow.getHandle(workflowIdOfRun(name)).result() as Promise<RunStatus>;
  const keysOf = ({ stages }: RunStatus) =>
    stages.filter(({ stage }) => SHARED.includes(stage)).map(({ stage, key }) => `${stage} ${key}`);

  it('ends two equal runs at the same time with one set of objects', async () => {
    const started = await Promise.all(['one', 'other'].map((name) => startRun(client, { ...config, name })));
    expect(started.map(({ attached }) => attached)).to.deep.equal([false, false]);
    const [one, other] = await Promise.all([finished('one'), finished('other')]);
    expect([one.state, other.state]).to.deep.equal(['completed', 'completed']);
    expect(keysOf(one)).to.deep.equal(keysOf(other));
    expect(one.metrics).to.deep.equal(other.metrics);
    const keys = await keysUnder(store, '');
    for (const [kind, sets] of [
      ['models/', 1],
      ['splits/', 1],
      ['evaluations/', 1],
      ['catalogues/', 1],
      ['reports/', 2],
    ] as const) {
      const manifests = keys.filter((key) => key.startsWith(kind) && key.endsWith('/manifest.json'));
      expect(manifests, kind).to.have.length(sets);
    }
    const beside = keys.filter((key) => /\/[0-9a-f]{16}-[^/]+$/.test(key)); // where a writer found other bytes
    expect(beside.filter((key) => !/^(reports|models)\//.test(key))).to.deep.equal([]);
    expect(keys.filter((key) => key.startsWith('checkpoints/'))).to.deep.equal([]);
  });

  it('attaches to a run that goes on when the same is started under the same name', async () => {
    const again = { ...config, name: 'once', training: { ...config.training, seed: 5 } };
    const [first, second] = await Promise.all([startRun(client, again), startRun(client, again)]);
    expect([first, second].map(({ attached }) => attached).sort()).to.deep.equal([false, true]);
    expect(first.executionId).to.equal(second.executionId);
    expect((await finished('once')).state).to.equal('completed');
  });

  it('takes every command that writes to it', async () => {
    const of = async (...args: string[]) => {
      const { code, stdout, stderr } = await type(...args);
      expect(code, `${args.join(' ')}: ${stderr}`).to.equal(0);
      return stdout;
    };
    expect(await of('promote', 'once')).to.contain('once');
    expect(await of('promote', '--rollback')).to.match(/one|other/);
    expect(await of('runs', 'list')).to.contain('once');
    expect(await of('runs', 'diff', 'one', 'once')).to.contain('seed');
    await of('schedule', 'create', 'weekly', '--data', config.data.sources[0]!, '--every', '7d', '--epochs', '3');
    await of('schedule', 'delete', 'weekly');
    expect(await of('gc', '--grace', '1s')).to.not.contain('models');
    await of('runs', 'delete', 'once', 'other');
    const before = await keysUnder(store, '');
    expect(await of('gc', '--grace', '1s', '--delete'))
      .to.contain('models')
      .and.contain('reports');
    const kept = await keysUnder(store, '');
    expect(kept.length).to.be.below(before.length);
    expect(kept.filter((key) => key.startsWith('models/') && key.endsWith('/manifest.json'))).to.have.length(1);
    expect(kept).to.not.include('collection.json');
    expect(await of('gc', '--grace', '1s')).to.contain('nothing to remove');
    expect(await of('doctor', '--objects')).to.contain('store');
  });
});
