import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { storeList } from '../../activities/objects/recordingList.js';
import { createContext } from '../../client/context.js';
import { storedModel } from '../../client/models.js';
import type { Activities, ExperimentInput } from '../../core/contracts/activities.js';
import { repetitionsOf, trialRun } from '../../core/contracts/trials.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { writeUntrainedBundle } from '../support/untrainedBundle.js';
import { writeSmallCorpus } from './smallCorpus.js';
import { activitiesOver, createInlinePool, prepareTraining } from './stagesInProcess.js';

/** Has an activity done as often as it is delivered, and returns what came of it, which must be the same each time. */
type Delivery = <T extends { key: string }>(activity: () => Promise<T>) => Promise<T>;

const once: Delivery = (activity) => activity();

const REPEATED: Record<string, Delivery> = {
  'one after the other': async (activity) => {
    const [first, second] = [await activity(), await activity()];
    expect(second).to.include({ key: first.key, reused: true });
    return first;
  },
  'at the same time': async (activity) => {
    const [first, second] = await Promise.all([activity(), activity()]);
    expect(second.key).to.equal(first.key);
    return first;
  },
};

describe('each activity that is delivered twice', function () {
  this.timeout(60_000);
  let corpus: string;

  before(async () => {
    corpus = join(scratchFolder(), 'corpus');
    await writeSmallCorpus(corpus, 20);
  });

  /** Names and hashes of all outputs; of manifests, which hold the time, the names alone. */
  async function contents(store: ObjectStore): Promise<string[]> {
    const outputs: string[] = [];
    for await (const { key } of store.list('')) {
      outputs.push(key.endsWith('/manifest.json') ? key : `${key} ${sha256Of((await store.get(key))!)}`);
    }
    return outputs.sort();
  }

  const freshStore = () => openStore({ url: join(scratchFolder(), 'store') });

  async function experiment(deliver: Delivery): Promise<string[]> {
    const store = await freshStore();
    const activities = activitiesOver(store, createInlinePool(store));
    const base = runConfig({ experiment: { folds: 2 }, data: { sources: [corpus], maxRejected: 0 } });
    const training = { ...base.training, epochs: 2, layers: [{ units: 16, dropout: 0 }] };
    const config = { ...base, training };
    const { catalogue, plan } = await prepareTraining(activities, { ...config, store: store.url });
    const { backend } = await activities.chooseBackend({ backend: 'fused' });
    for (const repetition of repetitionsOf(config)) {
      const run = trialRun(config, repetition);
      const split = await deliver(() => activities.splitUtterances({ catalogue, plan, split: run.split, skipped: '' }));
      const on = { plan, split: split.key };
      const model = await deliver(() => activities.trainModel({ ...on, training: run.training, backend }));
      await deliver(() => activities.evaluateModel({ ...on, model: model.key }));
    }
    const input: ExperimentInput = { config, catalogue, backend, plans: { librosa195: { key: plan, skipped: '' } } };
    const pooled = await deliver(() => activities.poolTrials(input));
    await deliver(() => activities.writeExperimentReport({ ...input, experiment: pooled.key, timings: [] }));
    return contents(store);
  }

  async function batch(deliver: Delivery): Promise<string[]> {
    const folder = scratchFolder();
    writeUntrainedBundle(join(folder, 'bundle'));
    const store = await freshStore();
    const activities: Activities = activitiesOver(store, createInlinePool(store));
    const names = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.wav'));
    const recordings = names.sort().map((name) => ({ name, path: join(corpus, name), speaker: '' }));
    const list = await storeList(store, recordings);
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    const model = await storedModel('bundle', store, context);
    const { key: catalogue } = await deliver(() => activities.fetchRecordings({ list, store: store.url }));
    const plan = await deliver(() => activities.planShards({ catalogue, featureSet: 'librosa195' }));
    for (const shard of parseRanges(plan.pending)) {
      await deliver(() => activities.extractShard({ plan: plan.key, shard }));
    }
    await deliver(() => activities.predictRecordings({ plan: plan.key, model }));
    return contents(store);
  }

  for (const [what, go] of Object.entries({ 'an experiment': experiment, 'a batch of predictions': batch })) {
    describe(`of ${what}`, () => {
      let undisturbed: string[];
      before(async () => (undisturbed = await go(once)));

      for (const [how, deliver] of Object.entries(REPEATED)) {
        it(`${how} ends with the objects of one delivery`, async () => {
          expect(undisturbed).to.have.length.above(10);
          expect(await go(deliver)).to.deep.equal(undisturbed);
        });
      }
    });
  }
});
