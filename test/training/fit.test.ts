import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SerError } from '../../core/contracts/errors.js';
import { ORIGINAL_TRAINING, type TrainingParameters } from '../../core/contracts/training.js';
import { createTrainer } from '../../core/training/backends.js';
import { loadTensorFlow } from '../../core/training/tensorflow.js';
import { decodeTrainingState, encodeTrainingState } from '../../core/training/trainingState.js';
import type { BackendName } from '../../core/training/trainer.js';
import { learnableData } from './helpers.js';

const PARAMETERS = {
  ...ORIGINAL_TRAINING,
  layers: [
    { units: 24, dropout: 0.3 },
    { units: 16, dropout: 0.2 },
  ],
  epochs: 8,
  seed: 4,
};

async function refusal(promise: Promise<unknown>): Promise<SerError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SerError) return error;
  throw new Error('nothing was refused');
}

for (const backend of ['fused', 'wasm'] as const) {
  describe(`training on ${backend}`, () => {
    const data = learnableData();

    it('gives byte-identical weights twice', async () => {
      const first = await createTrainer(backend).train(data, PARAMETERS);
      const second = await createTrainer(backend).train(data, PARAMETERS);
      expect(second.weights).to.deep.equal(first.weights);
    });

    it('gives other weights under another seed', async () => {
      const first = await createTrainer(backend).train(data, { ...PARAMETERS, epochs: 1 });
      const second = await createTrainer(backend).train(data, { ...PARAMETERS, epochs: 1, seed: 5 });
      expect(second.weights).to.not.deep.equal(first.weights);
    });

    it('goes on from any checkpoint to the very same weights', async () => {
      const checkpoints: Uint8Array[] = [];
      const whole = await createTrainer(backend).train(data, PARAMETERS, {
        onCheckpoint: (state) => void checkpoints.push(encodeTrainingState(state)),
      });
      expect(checkpoints).to.have.length(whole.history.length);
      for (const epoch of [1, 5, 8]) {
        const resumeFrom = decodeTrainingState(checkpoints[epoch - 1]!);
        const epochs: number[] = [];
        const resumed = await createTrainer(backend).train(data, PARAMETERS, {
          resumeFrom,
          onEpoch: (metrics) => epochs.push(metrics.epoch),
        });
        expect(resumed.weights).to.deep.equal(whole.weights);
        expect(resumed.bestEpoch).to.equal(whole.bestEpoch);
        expect(epochs).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8].slice(epoch));
      }
    });
  });
}

describe('training', () => {
  const data = learnableData();
  const trainer = createTrainer('fused');

  /** Another value means that models of the same manifest differ: then the version of the stage has to change too. */
  const WEIGHTS_OF_RECORD = 'dddf2940fc826e89e1852d98c4102f2e15b638d40cd95edd8a00e08c904dabd9';

  it('gives the weights of record on any machine', async () => {
    const { weights } = await trainer.train(data, PARAMETERS);
    const bytes = new Uint8Array(weights.parameters.buffer);
    expect(createHash('sha256').update(bytes).digest('hex')).to.equal(WEIGHTS_OF_RECORD);
  });

  it('stops when the validation loss has stood still, and keeps the best weights', async () => {
    const parameters = { ...PARAMETERS, epochs: 300, stopPatience: 4 };
    const states = new Map<number, Float32Array>();
    const trained = await trainer.train(data, parameters, {
      onCheckpoint: ({ epoch, current }) => void states.set(epoch, current.parameters),
    });
    expect(trained.history.length).to.be.below(300);
    expect(trained.bestEpoch).to.equal(trained.history.length - 4);
    expect(trained.weights.parameters).to.deep.equal(states.get(trained.bestEpoch));
    const losses = trained.history.map((epoch) => epoch.validationLoss);
    expect(losses.indexOf(Math.min(...losses)) + 1).to.equal(trained.bestEpoch);
  });

  it('learns with the fewest rows: one a batch, two classes, no hidden layer', async () => {
    const tiny = learnableData(3, 2, 5, 2);
    const trained = await trainer.train(tiny, { ...PARAMETERS, layers: [], batchSize: 1 });
    expect(trained.history).to.have.length(8);
    expect(trained.history.at(-1)!.trainLoss).to.be.below(trained.history[0]!.trainLoss);
  });

  it('stops at a signal, also in the middle of an epoch', async () => {
    const long = learnableData(20, 4, 40000, 60);
    const endless = { ...PARAMETERS, batchSize: 1, epochs: 100_000, stopPatience: 100_000 };
    const controller = new AbortController();
    let epochs = 0;
    const training = trainer.train(long, endless, { signal: controller.signal, onEpoch: () => epochs++ });
    setImmediate(() => controller.abort());
    expect(await refusal(training)).to.include({ kind: 'Cancelled', what: `stopped in epoch ${epochs + 1}` });
  });

  it('refuses a checkpoint of another training', async () => {
    let state: Uint8Array | undefined;
    const onCheckpoint = (next: Parameters<typeof encodeTrainingState>[0]) => {
      state = encodeTrainingState(next);
    };
    await trainer.train(data, { ...PARAMETERS, epochs: 1 }, { onCheckpoint });
    const resumeFrom = decodeTrainingState(state!);
    expect((await refusal(trainer.train(data, PARAMETERS, { resumeFrom }))).kind).to.equal('Incompatible');
    expect(() => decodeTrainingState(state!.subarray(0, 2000))).to.throw('not a whole training state');
  });

  it('refuses parameters and data that make no sense, by name', async () => {
    const bad = async (change: Partial<TrainingParameters>) =>
      refusal(trainer.train(data, { ...PARAMETERS, ...change }));
    expect((await bad({ batchSize: 0 })).message).to.equal('batchSize: got 0, takes a whole number from 1');
    expect((await bad({ layers: [{ units: 8, dropout: 1 }] })).subject).to.equal('layers[0].dropout');
    expect((await bad({ seed: -1 })).kind).to.equal('BadConfig');
    expect((await bad({ weightDecay: 1 })).subject).to.equal('weightDecay');
    expect((await bad({ labelSmoothing: -0.1 })).subject).to.equal('labelSmoothing');
    const hole = structuredClone(data);
    hole.train.features[25] = NaN;
    expect((await refusal(trainer.train(hole, PARAMETERS))).message).to.contain('NaN in row 1, column 5');
  });

  it('says so when the loss is no longer finite', async () => {
    const far = structuredClone(data);
    far.train.features.fill(3e38);
    expect((await refusal(trainer.train(far, PARAMETERS))).what).to.contain('no longer finite in epoch 1');
  });

  it('leaves no tensor behind', async () => {
    const tf = await loadTensorFlow('wasm');
    const before = tf.memory().numTensors;
    await createTrainer('wasm').train(data, { ...PARAMETERS, epochs: 2 });
    const options = { classWeights: 'balanced', weightDecay: 0.1, labelSmoothing: 0.1 } as const;
    await createTrainer('wasm').train(data, { ...PARAMETERS, ...options, epochs: 2 });
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('works in a worker thread, to the same weights', async () => {
    const inThread = (backend: BackendName) =>
      new Promise<Float32Array>((resolve, reject) => {
        const worker = new Worker(new URL('./trainingThread.mjs', import.meta.url), {
          workerData: { backend, data, parameters: { ...PARAMETERS, epochs: 2 } },
        });
        worker.once('message', resolve).once('error', reject);
      });
    for (const backend of ['fused', 'wasm'] as const) {
      const here = await createTrainer(backend).train(data, { ...PARAMETERS, epochs: 2 });
      expect(await inThread(backend)).to.deep.equal(here.weights.parameters);
    }
  });
});
