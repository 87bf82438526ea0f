import { join } from 'node:path';
import { expect } from 'chai';
import { readCopies, readFeatures } from '../../activities/objects/featureTable.js';
import { partRows, withCopies } from '../../activities/objects/partRows.js';
import { readPlan } from '../../activities/objects/planObject.js';
import { readSplit } from '../../activities/objects/splitObject.js';
import { readStageOutput } from '../../activities/objects/stageOutput.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import { ORIGINAL_TRAINING, type Augmentation, type TrainingParameters } from '../../core/contracts/training.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { createTrainer } from '../../core/training/backends.js';
import { bundleFiles, readBundle } from '../../core/training/bundle.js';
import { fitScaler, scaleRows } from '../../core/training/scaler.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { activitiesOver, createInlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';

const NOISE: Augmentation = { kind: 'noise', amount: 20 };
const STRETCH: Augmentation = { kind: 'stretch', amount: 0.1 };
const PLAIN: TrainingParameters = { ...ORIGINAL_TRAINING, layers: [{ units: 8, dropout: 0 }], epochs: 3, seed: 0 };
const TRAINING: TrainingParameters = { ...PLAIN, augment: [NOISE, STRETCH] };

describe('altered copies', function () {
  this.timeout(60_000);
  let store: ObjectStore;
  let activities: ReturnType<typeof activitiesOver>;
  let catalogue: string;

  before(async () => {
    const folder = scratchFolder();
    await writeSmallCorpus(join(folder, 'corpus'), 20);
    store = await openStore({ url: join(folder, 'store') });
    activities = activitiesOver(store, createInlinePool(store));
    const data = { sources: [join(folder, 'corpus')], maxRejected: 0 };
    catalogue = (await activities.fetchCorpus({ data, store: store.url })).key;
  });

  it('are extracted beside the recordings, each shard of them once for all runs', async () => {
    const plain = await activities.planShards({ catalogue, featureSet: 'librosa195' });
    for (const shard of parseRanges(plain.pending)) await activities.extractShard({ plan: plain.key, shard });
    const altered = await activities.planShards({ catalogue, featureSet: 'librosa195', augment: [NOISE, STRETCH] });
    expect(altered).to.include({ shards: 3 * plain.shards, shardsPending: 2 * plain.shards });
    for (const shard of parseRanges(altered.pending)) await activities.extractShard({ plan: altered.key, shard });
    const fewer = await activities.planShards({ catalogue, featureSet: 'librosa195', augment: [STRETCH] });
    expect(fewer.shardsPending).to.equal(0);
    const again = await activities.planShards({ catalogue, featureSet: 'librosa195' });
    expect(again.key).to.equal(plain.key);
  });

  it('are trained on for recordings of the training part, and for no others', async () => {
    const { key } = await activities.planShards({ catalogue, featureSet: 'librosa195', augment: [NOISE, STRETCH] });
    const split = await activities.splitUtterances({
      catalogue,
      plan: key,
      split: { protocol: 'random', seed: 0 },
      skipped: '',
    });
    const model = await activities.trainModel({ plan: key, split: split.key, training: TRAINING, backend: 'fused' });
    const bundle = await readBundle((name) => readStageOutput(store, `models/${model.key}`, name));
    const { columns } = bundle.metadata.featureSet;

    const [plan, rows] = [await readPlan(store, key), await readSplit(store, split.key)];
    const table = await readFeatures(
      store,
      plan,
      columns,
      rows.map(({ sha256 }) => sha256),
    );
    const train = partRows(table, rows, bundle.labels, 'train');
    const validation = partRows(table, rows, bundle.labels, 'validation');
    const copies = await Promise.all(
      [NOISE, STRETCH].map(async (augmentation) => {
        const copied = await readCopies(store, plan, columns, train.sha256s, augmentation);
        return { ...partRows(copied, rows, bundle.labels, 'train'), columns };
      }),
    );
    const heard = withCopies(train, copies);
    expect(copies[0]!.values).not.to.deep.equal(train.values);
    expect(copies[1]!.values).not.to.deep.equal(copies[0]!.values);
    expect(heard.classes.length).to.equal(3 * train.classes.length);
    const scaler = fitScaler(heard.values, columns.length, Uint32Array.from(heard.classes.keys()));
    const { shape, weights } = await createTrainer('fused').train(
      {
        inputs: columns.length,
        classes: bundle.labels.length,
        train: { features: scaleRows(scaler, heard.values), labels: heard.classes },
        validation: { features: scaleRows(scaler, validation.values), labels: validation.classes },
      },
      PLAIN,
    );
    expect(bundle.scaler).to.deep.equal(scaler);
    const expected = bundleFiles({ shape, networks: [weights], scaler, metadata: bundle.metadata });
    const stored = await readStageOutput(store, `models/${model.key}`, 'weights.bin');
    expect(Buffer.compare(stored, expected.get('weights.bin')!)).to.equal(0);
    const evaluation = await activities.evaluateModel({ plan: key, split: split.key, model: model.key });
    expect(evaluation.metrics.count).to.equal(rows.filter(({ part }) => part === 'test').length);
  });

  it('are another model’s without them, and part of what it says of itself', async () => {
    const { key } = await activities.planShards({ catalogue, featureSet: 'librosa195', augment: [NOISE, STRETCH] });
    const split = await activities.splitUtterances({
      catalogue,
      plan: key,
      split: { protocol: 'random', seed: 0 },
      skipped: '',
    });
    const keys = await Promise.all(
      [TRAINING, { ...TRAINING, augment: [NOISE] }, PLAIN].map(
        async (training) =>
          (await activities.trainModel({ plan: key, split: split.key, training, backend: 'fused' })).key,
      ),
    );
    expect(new Set(keys).size).to.equal(3);
  });
});
