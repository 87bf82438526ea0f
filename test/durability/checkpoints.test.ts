import { expect } from 'chai';
import { join } from 'node:path';
import type { TrainNetworkInput } from '../../activities/jobs/trainNetwork.js';
import { checkpointKey, readCheckpoint } from '../../activities/objects/checkpoint.js';
import { modelSpec } from '../../core/contracts/stages.js';
import type { TrainingParameters } from '../../core/contracts/training.js';
import type { TrainingHeartbeat } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { sha256Of } from '../../core/store/keys.js';
import { openStore } from '../../core/store/open.js';
import { locateStage } from '../../core/store/stage.js';
import type { TrainingState } from '../../core/training/trainingState.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { keysUnder } from './contents.js';
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
  async function keptState(model: string, network = 0): Promise<TrainingState> {
    for (;;) {
      const state = await readCheckpoint(store, model, network);
      if (state !== undefined) return state;
    }
  }

  /** Trains until a state is kept that is ripe, and dies in the epoch after it. */
  async function trainAndDie(
    wanted: TrainingParameters,
    ripe: (last: TrainingHeartbeat) => boolean,
    inline = pool,
  ): Promise<void> {
    let last: TrainingHeartbeat | undefined;
    let kept = false;
    pool.beforeKeep = () => {
      kept = last !== undefined && ripe(last);
    };
    const see = (heartbeat: TrainingHeartbeat) => {
      if (kept) throw new Error('killed');
      last = heartbeat;
    };
    expect(await train({ ...inline, run: watchEpochs(pool, see) }, wanted).catch(String)).to.contain('killed');
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
    const ensemble = { ...training, epochs: 200, stopPatience: 200, ensemble: 3 };
    const model = modelKey(ensemble);
    const inTurn = { ...pool, threads: 1 };
    await train(inTurn, ensemble);
    const undisturbed = await weights(model);
    await forget(model);

    await trainAndDie(ensemble, ({ network }) => network?.number === 2, inTurn);
    const left = await keptState(model, 1);
    expect((await readCheckpoint(store, model, 0))!.epoch).to.equal(200);
    expect(await readCheckpoint(store, model, 2)).to.equal(undefined);

    const seen: [number | undefined, number][] = [];
    const watch = ({ network, last }: TrainingHeartbeat) => seen.push([network?.number, last.epoch]);
    await train({ ...inTurn, run: watchEpochs(pool, watch) }, ensemble);
    expect(seen[0]).to.deep.equal([2, left.epoch + 1]);
    expect(seen).to.have.length(400 - left.epoch);
    expect(Buffer.compare((await weights(model))!, undisturbed!)).to.equal(0);
    expect(await keysUnder(store, 'checkpoints/')).to.deep.equal([]);
  });

  it('gives the same ensemble, whether its networks are trained in turn or side by side', async () => {
    const ensemble = { ...training, epochs: 5, ensemble: 3 };
    const model = modelKey(ensemble);
    const made = [];
    for (const threads of [1, 2, 8]) {
      await train({ ...pool, threads }, ensemble);
      made.push([await weights(model), await store.get(`models/${model}/metadata.json`)]);
      await forget(model);
    }
    expect(made[1]).to.deep.equal(made[0]);
    expect(made[2]).to.deep.equal(made[0]);
  });

  it('begins anew when its checkpoint has decayed', async () => {
    await store.put(checkpointKey('decayed'), new Uint8Array(5000));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
    await store.put(checkpointKey('decayed'), new Uint8Array(3));
    expect(await readCheckpoint(store, 'decayed')).to.equal(undefined);
  });

  it('begins anew when its checkpoint is whole, but of another form', async () => {
    const state = Buffer.from('no state of this build');
    const sealed = Buffer.concat([Buffer.from(sha256Of(state), 'hex'), state]);
    await store.put(checkpointKey('earlier'), sealed);
    expect(await readCheckpoint(store, 'earlier')).to.equal(undefined);
  });
});

function watchEpochs(pool: InlinePool, see: (heartbeat: TrainingHeartbeat) => void): InlinePool['run'] {
  return (name, input, options = {}) =>
    pool.run(name, input, {
      ...options,
      onProgress: (progress) => {
        const { network, training } = input as TrainNetworkInput;
        const place = { number: network + 1, of: training.ensemble ?? 1 };
        see({ ...(progress as TrainingHeartbeat), network: place });
        options.onProgress?.(progress);
      },
    });
}
