import { expect } from 'chai';
import { join } from 'node:path';
import { checkpointKey, readCheckpoint } from '../../activities/objects/checkpoint.js';
import { modelSpec } from '../../core/contracts/stages.js';
import type { TrainingHeartbeat } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { locateStage } from '../../core/store/stage.js';
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

  const train = (into: ObjectStore, inline: InlinePool) =>
    activitiesOver(into, inline).trainModel({ plan: keys.plan, split: keys.split, training, backend: 'fused' });
  const modelKey = () => locateStage(modelSpec(keys.split, training, 'fused')).key;
  const weights = () => store.get(`models/${modelKey()}/weights.bin`);

  /** The one state that was handed over before the end; it is written beside the training, so it may still be on its way. */
  async function keptState() {
    for (;;) {
      const state = await readCheckpoint(store, modelKey());
      if (state !== undefined) return state;
    }
  }

  /** Ends the training when it wants to keep its state for the `nth` time after the first. */
  function dieAt(nth: number): void {
    let kept = 0;
    pool.beforeKeep = () => {
      if (kept++ === nth) throw new Error('killed');
    };
  }

  it('goes on from its checkpoint to the very weights of an undisturbed one, and leaves none behind', async () => {
    await train(store, pool);
    const undisturbed = await weights();
    for (const file of ['manifest.json', 'weights.bin', 'model.json', 'metadata.json', 'scaler.json', 'labels.json']) {
      await store.delete(`models/${modelKey()}/${file}`);
    }

    dieAt(1);
    expect(await train(store, pool).catch(String)).to.contain('killed');
    delete pool.beforeKeep;
    const left = await keptState();
    expect(left.epoch).to.be.within(1, EPOCHS - 1);

    const epochs: number[] = [];
    const watched = { ...pool, run: watchEpochs(pool, epochs) } as InlinePool;
    await train(store, watched);
    expect(epochs[0]).to.equal(left.epoch + 1);
    expect(epochs.at(-1)).to.equal(EPOCHS);
    expect(Buffer.compare((await weights())!, undisturbed!)).to.equal(0);
    expect(await store.head(checkpointKey(modelKey()))).to.equal(undefined);
  });

  it('begins anew when its checkpoint has decayed', async () => {
    await store.put(checkpointKey('decayed'), new Uint8Array(5000));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
    await store.put(checkpointKey('decayed'), new Uint8Array(3));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
  });
});

function watchEpochs(pool: InlinePool, epochs: number[]): InlinePool['run'] {
  return (name, input, options = {}) =>
    pool.run(name, input, {
      ...options,
      onProgress: (progress) => {
        epochs.push((progress as TrainingHeartbeat).last.epoch);
        options.onProgress?.(progress);
      },
    });
}
