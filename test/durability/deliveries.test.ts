import { expect } from 'chai';
import { join } from 'node:path';
import type { RunStatus } from '../../core/contracts/runs.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { writeSmallCorpus } from './smallCorpus.js';
import { activitiesOver, createInlinePool, prepareTraining } from './stagesInProcess.js';

describe('a stage that is delivered twice', function () {
  this.timeout(60_000);
  const config = runConfig();
  const training = { ...config.training, epochs: 3 };
  let corpus: string;

  before(async () => {
    corpus = join(scratchFolder(), 'corpus');
    await writeSmallCorpus(corpus, 6);
  });

  async function everyKey(store: ObjectStore): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    return keys.sort();
  }

  async function everyHash(store: ObjectStore): Promise<string[]> {
    const keys = await everyKey(store);
    return Promise.all(keys.map(async (key) => `${key} ${sha256Of((await store.get(key))!)}`));
  }

  it('one after the other computes once and writes nothing more', async () => {
    const store = await openStore({ url: join(scratchFolder(), 'store') });
    const pool = createInlinePool(store);
    const activities = activitiesOver(store, pool);
    const data = { sources: [corpus], maxRejected: 0 };
    const go = () => prepareTraining(activities, { ...config, store: store.url, data });
    const first = await go();
    const train = () => activities.trainModel({ plan: first.plan, split: first.split, training, backend: 'fused' });
    const model = await train();
    const keys = await everyKey(store);
    const extractions = pool.counts.get('extractShard');

    expect(await go()).to.deep.equal(first);
    for (let shard = 0; shard < first.shards; shard++) {
      expect(await activities.extractShard({ plan: first.plan, shard })).to.include({ reused: true });
    }
    expect(await train()).to.include({ key: model.key, reused: true });
    expect(pool.counts.get('extractShard')).to.equal(extractions);
    expect(pool.counts.get('trainNetwork')).to.equal(1);
    expect(await everyKey(store)).to.deep.equal(keys);
  });

  it('leaves what stands as it is, whichever of the others it is', async () => {
    const store = await openStore({ url: join(scratchFolder(), 'store') });
    const activities = activitiesOver(store, createInlinePool(store));
    const run = { ...config, store: store.url, data: { sources: [corpus], maxRejected: 0 } };
    const { catalogue, plan, split } = await prepareTraining(activities, run);
    const { key: model } = await activities.trainModel({ plan, split, training, backend: 'fused' });
    const last = { run: run.name, catalogue, plan, settings: '{}', finishedAt: '2026-03-01T02:00:00Z' };
    const status = { name: run.name, state: 'completed', stages: [] } as unknown as RunStatus;
    const deliver = async () => {
      const evaluation = await activities.evaluateModel({ plan, split, model });
      const shown = {
        config: run,
        catalogue,
        plan,
        split,
        model,
        evaluation: evaluation.key,
        skipped: '',
        timings: [],
      };
      const report = await activities.writeReport(shown);
      const promotion = await activities.promoteModel({ run: run.name, policy: 'better', model, split, plan });
      await activities.recordRun({ status });
      await activities.recordRetraining({ schedule: 'weekly', last });
      const remembered = await activities.lastRetraining({ schedule: 'weekly' });
      const baseline = { catalogue, plan, maxDrift: 0.2 };
      const check = await activities.checkData({ catalogue, plan, skipped: '', baseline });
      return { keys: [evaluation.key, report.key], promoted: promotion.promoted, remembered, check };
    };
    const first = await deliver();
    const contents = await everyHash(store);
    expect(await deliver()).to.deep.equal(first);
    expect(await everyHash(store)).to.deep.equal(contents);
    expect(first).to.deep.include({ promoted: true, remembered: last });
  });

  it('at the same time, as by two runs of one configuration, ends with one set of features and splits', async () => {
    const store = await openStore({ url: join(scratchFolder(), 'store') });
    const data = { sources: [corpus], maxRejected: 0 };
    const go = () =>
      prepareTraining(activitiesOver(store, createInlinePool(store)), { ...config, store: store.url, data });
    const [one, other] = await Promise.all([go(), go()]);
    expect(one).to.deep.equal(other);
    const folders = new Map<string, string[]>();
    for (const key of await everyKey(store)) {
      const folder = key.slice(0, key.lastIndexOf('/'));
      folders.set(folder, [...(folders.get(folder) ?? []), key.slice(folder.length + 1)]);
    }
    for (const [folder, files] of folders) {
      if (folder !== 'audio') expect(files, folder).to.have.length(2).and.include('manifest.json');
    }
  });
});
