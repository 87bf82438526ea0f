import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { ORIGINAL_TRAINING, type ModelMetadata, type TrainingParameters } from '../../core/contracts/training.js';
import { createTrainer } from '../../core/training/backends.js';
import { bundleFiles, readBundle } from '../../core/training/bundle.js';
import { networksOf } from '../../core/training/ensemble.js';
import type { LayersModelJson } from '../../core/training/layersModel.js';
import { createPredictor } from '../../core/training/predictor.js';
import { loadTensorFlow } from '../../core/training/tensorflow.js';
import type { TrainedNetwork } from '../../core/training/trainer.js';
import { learnableData, noise } from './helpers.js';

const INPUTS = 11;
const LABELS = ['angry', 'calm', 'sad'];
const PARAMETERS: TrainingParameters = {
  ...ORIGINAL_TRAINING,
  layers: [
    { units: 12, dropout: 0.3 },
    { units: 9, dropout: 0 },
  ],
  epochs: 4,
  seed: 3,
  ensemble: 3,
};

describe('an ensemble', () => {
  const data = learnableData(INPUTS, LABELS.length);
  const trainer = createTrainer('fused');
  const train = (parameters: TrainingParameters) =>
    Promise.all(networksOf(parameters).map((network) => trainer.train(data, network)));
  let networks: TrainedNetwork[];

  before(async () => {
    networks = await train(PARAMETERS);
  });

  it('is of networks that differ, the first the one that is trained alone', async () => {
    const { ensemble, ...alone } = PARAMETERS;
    const [single] = await train(alone);
    expect(networks).to.have.length(ensemble!);
    expect(networks[0]!.weights).to.deep.equal(single!.weights);
    expect(networks[1]!.weights).not.to.deep.equal(networks[0]!.weights);
    expect(networks[2]!.weights).not.to.deep.equal(networks[1]!.weights);
  });

  it('refuses to be of half a network', () => {
    expect(() => networksOf({ ...PARAMETERS, ensemble: 1.5 })).to.throw(
      'ensemble: got 1.5, takes a whole number from 1',
    );
  });

  describe('in a bundle', () => {
    const files = () => {
      const metadata: ModelMetadata = {
        format: 1,
        featureSet: { name: 'test', version: 1, columns: Array.from({ length: INPUTS }, (_, index) => `f_${index}`) },
        labels: LABELS,
        parameters: PARAMETERS,
        backend: 'fused',
        trainedOn: { corpora: [], utterances: { train: 1, validation: 1, test: 1 }, synthetic: true },
        bestEpoch: 1,
        history: [],
      };
      const scaler = { mean: [...noise(1, INPUTS)], scale: [...noise(2, INPUTS)].map((value) => 2 + value) };
      const { shape } = networks[0]!;
      return bundleFiles({ shape, networks: networks.map(({ weights }) => weights), scaler, metadata });
    };
    const read = (all: Map<string, Uint8Array>) => readBundle((name) => Promise.resolve(all.get(name)!));

    it('is one LayersModel that plain TensorFlow.js loads, and predicts as it does to 1e-6', async () => {
      await loadTensorFlow('cpu');
      const all = files();
      const json = JSON.parse(new TextDecoder().decode(all.get('model.json'))) as LayersModelJson;
      const model = await loadLayersModel(
        tf.io.fromMemory({
          modelTopology: json.modelTopology,
          weightSpecs: json.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
          weightData: new Uint8Array(all.get('weights.bin')!).buffer,
        }),
      );
      const bundle = await read(all);
      const count = 70;
      const rows = noise(5, count * INPUTS).map((value) => 3 * value);
      const scaled = Float32Array.from(
        rows,
        (value, index) => (value - bundle.scaler.mean[index % INPUTS]!) / bundle.scaler.scale[index % INPUTS]!,
      );
      const expected = (model.predict(tf.tensor2d(scaled, [count, INPUTS])) as tf.Tensor).dataSync();
      const probabilities = createPredictor(bundle)(rows, count);
      expect(probabilities).to.have.length(expected.length);
      probabilities.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-6));
    });

    it('answers the mean of what its networks answer', async () => {
      const bundle = await read(files());
      const rows = noise(6, 5 * INPUTS);
      const each = bundle.networks.map((network) => createPredictor({ ...bundle, networks: [network] })(rows, 5));
      createPredictor(bundle)(rows, 5).forEach((value, index) => {
        const mean = each.reduce((sum, answers) => sum + answers[index]!, 0) / each.length;
        expect(value).to.be.closeTo(mean, 1e-7);
      });
    });

    it('is refused when its branches are not chains, by the name of the layer', async () => {
      const all = files();
      const json = JSON.parse(new TextDecoder().decode(all.get('model.json'))) as LayersModelJson;
      const layer = json.modelTopology.config.layers.find(({ name }) => name === 'network_2_dense_2')!;
      layer.inbound_nodes = [[...layer.inbound_nodes![0]!, ['features', 0, 0, {}]]];
      all.set('model.json', Buffer.from(JSON.stringify(json)));
      const error = (await read(all).catch((thrown: unknown) => thrown)) as Error;
      expect(error.message).to.contain('network_2_dense_2');
    });
  });
});
