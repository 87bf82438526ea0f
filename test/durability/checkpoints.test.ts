import { expect } from 'chai';
import { join } from 'node:path';
import { checkpointKey, readCheckpoint } from '../../activities/objects/checkpoint.js';
import { modelSpec } from '../../core/contracts/stages.js';
import type { TrainingParameters } from '../../core/contracts/training.js';
import type { TrainingHeartbeat } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { locateStage } from '../../core/store/stage.js';
import type { TrainingState } from '../../core/training/trainingState.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { writeSmallCorpus } from './smallCorpus.js';
import {
  activitiesOver,
  createInlinePool,
  prepareTraining,
  type InlinePool,
  type StageKeys,
} from './stagesInProcess.js';

/** Long enough for some checkpoints, of which there is one every 300 ms. */
const EPOCHS = 300;

describe('a training that dies', function () {
  this.timeout(60_000);
  let store: ObjectStore;
  let pool: InlinePool;
  let keys: StageKeys;
  const config = runConfig();
  const training = { ...config.training, epochs: EPOCHS, stopPatience: EPOCHS };

  before(async () => {
    const folder = scratchFolder();
    await writeSmallCorpus(join(folder, 'corpus'), 6);
    store = await openStore({ url: join(folder, 'store') });
    pool = createInlinePool(store);
    const data = { sources: [join(folder, 'corpus')], maxRejected: 0 };
    keys = await prepareTraining(activitiesOver(store, pool), { ...config, store: store.url, data });
  });

  const modelKey = (wanted: TrainingParameters) => locateStage(modelSpec(keys.split, wanted, 'fused')).key;
  const weights = (model: string) => store.get(`models/${model}/weights.bin`);
  const train = (inline: InlinePool, wanted: TrainingParameters) =>
    activitiesOver(store, inline).trainModel({
      plan: keys.plan,
      split: keys.split,
      training: wanted,
      backend: 'fused',
    });

  /** The last state that was handed over; it is written beside the training, so it may still be on its way. */
  async function keptState(model: string, isLast: (state: TrainingState) => boolean = () => true) {
    for (;;) {
      const state = await readCheckpoint(store, model);
      if (state !== undefined && isLast(state)) return state;
    }
  }

  /** Trains until a state is kept that is ripe, and dies in the epoch after it. */
  async function trainAndDie(wanted: TrainingParameters, ripe: (last: TrainingHeartbeat) => boolean): Promise<void> {
    let last: TrainingHeartbeat | undefined;
    let kept = false;
    pool.beforeKeep = () => {
      kept = last !== undefined && ripe(last);
    };
    const see = (heartbeat: TrainingHeartbeat) => {
      if (kept) throw new Error('killed');
      last = heartbeat;
    };
    expect(await train({ ...pool, run: watchEpochs(pool, see) }, wanted).catch(String)).to.contain('killed');
    delete pool.beforeKeep;
  }

  async function forget(model: string): Promise<void> {
    for (const file of ['manifest.json', 'weights.bin', 'model.json', 'metadata.json', 'scaler.json', 'labels.json']) {
      await store.delete(`models/${model}/${file}`);
    }
  }

  it('goes on from its checkpoint to the very weights of an undisturbed one, and leaves none behind', async () => {
    const model = modelKey(training);
    await train(pool, training);
    const undisturbed = await weights(model);
    await forget(model);

    await trainAndDie(training, () => true);
    const left = await keptState(model);
    expect(left.epoch).to.be.within(1, EPOCHS - 1);

    const epochs: number[] = [];
    await train({ ...pool, run: watchEpochs(pool, ({ last }) => epochs.push(last.epoch)) }, training);
    expect(epochs[0]).to.equal(left.epoch + 1);
    expect(epochs.at(-1)).to.equal(EPOCHS);
    expect(Buffer.compare((await weights(model))!, undisturbed!)).to.equal(0);
    expect(await store.head(checkpointKey(model))).to.equal(undefined);
  });

  it('does so in the second network of an ensemble, without training the first again', async () => {
    const ensemble = { ...training, epochs: 200, ensemble: 2 };
    const model = modelKey(ensemble);
    await train(pool, ensemble);
    const undisturbed = await weights(model);
    await forget(model);

    await trainAndDie(ensemble, ({ network }) => network?.number === 2);
    const left = await keptState(model, ({ finished }) => finished !== undefined);
    expect(left.finished).to.have.length(1);

    const seen: [number | undefined, number][] = [];
    const watch = ({ network, last }: TrainingHeartbeat) => seen.push([network?.number, last.epoch]);
    await train({ ...pool, run: watchEpochs(pool, watch) }, ensemble);
    expect(seen[0]).to.deep.equal([2, left.epoch + 1]);
    expect(Buffer.compare((await weights(model))!, undisturbed!)).to.equal(0);
    expect(await store.head(checkpointKey(model))).to.equal(undefined);
  });

  it('begins anew when its checkpoint has decayed', async () => {
    await store.put(checkpointKey('decayed'), new Uint8Array(5000));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
    await store.put(checkpointKey('decayed'), new Uint8Array(3));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
  });
});

function watchEpochs(pool: InlinePool, see: (heartbeat: TrainingHeartbeat) => void): InlinePool['run'] {
  return (name, input, options = {}) =>
    pool.run(name, input, {
      ...options,
      onProgress: (progress) => {
        see(progress as TrainingHeartbeat);
        options.onProgress?.(progress);
      },
    });
}
