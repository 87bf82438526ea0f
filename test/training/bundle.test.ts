import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { SerError } from '../../core/contracts/errors.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import type { ModelMetadata } from '../../core/contracts/training.js';
import { createTrainer } from '../../core/training/backends.js';
import { BUNDLE_FILES, bundleFiles, checkFeatureSet, readBundle } from '../../core/training/bundle.js';
import type { TrainedModel } from '../../core/training/bundle.js';
import type { LayersModelJson } from '../../core/training/layersModel.js';
import type { DenseStage } from '../../core/training/readLayersModel.js';
import { initialWeights } from '../../core/training/network.js';
import { createPredictor } from '../../core/training/predictor.js';
import { loadTensorFlow } from '../../core/training/tensorflow.js';
import { scaleRows } from '../../core/training/scaler.js';
import type { Scaler } from '../../core/training/scaler.js';
import { learnableData, noise } from './helpers.js';

const LABELS = ['angry', 'calm', 'sad'];
const INPUTS = 21;

async function trainedModel(): Promise<TrainedModel> {
  const parameters = {
    ...ORIGINAL_TRAINING,
    layers: [
      { units: 40, dropout: 0.3 },
      { units: 13, dropout: 0.2 },
    ],
    epochs: 4,
    seed: 2,
  };
  const { shape, weights, bestEpoch, history, backend } = await createTrainer('fused').train(
    learnableData(INPUTS, LABELS.length),
    parameters,
  );
  const metadata: ModelMetadata = {
    format: 1,
    featureSet: { name: 'test', version: 3, columns: Array.from({ length: INPUTS }, (_, index) => `feature_${index}`) },
    labels: LABELS,
    parameters,
    backend,
    trainedOn: { corpora: ['demo'], utterances: { train: 150, validation: 60, test: 0 }, synthetic: true },
    bestEpoch,
    history,
  };
  const values = [...noise(8, 2 * INPUTS)];
  const scaler = {
    mean: values.slice(0, INPUTS).map((value) => 100 * value),
    scale: values.slice(INPUTS).map((value) => 1 + Math.abs(value)),
  };
  return { shape, networks: [weights], scaler, metadata };
}

/** Rows as a scaler would have met them. */
function plausibleRows({ mean, scale }: Scaler, seed: number, count: number): Float64Array {
  const columns = mean.length;
  return noise(seed, count * columns).map((value, index) => {
    return mean[index % columns]! + 2 * value * scale[index % columns]!;
  });
}

/** The slow readable form of the predictor, in double precision. */
function plainForward(stages: DenseStage[], row: number[]): number[] {
  let values = row;
  for (const { units, activation, kernel, bias, scale, shift } of stages) {
    const products = [...bias].map((start, unit) =>
      values.reduce((sum, value, input) => sum + value * kernel[input * units + unit]!, start),
    );
    if (activation === 'softmax') {
      const exponentials = products.map((logit) => Math.exp(logit - Math.max(...products)));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      return exponentials.map((value) => value / total);
    }
    values = products.map((value, unit) => {
      return (activation === 'relu' ? Math.max(0, value) : value) * scale[unit]! + shift[unit]!;
    });
  }
  throw new Error('no softmax at the end');
}

function reader(files: Map<string, Uint8Array>, changed: Record<string, unknown> = {}) {
  return (name: string) => {
    const change = changed[name];
    if (change instanceof Uint8Array) return Promise.resolve(change);
    if (change !== undefined) return Promise.resolve(Buffer.from(JSON.stringify(change)));
    return Promise.resolve(files.get(name)!);
  };
}

function parsed<Content>(files: Map<string, Uint8Array>, name: string): Content {
  return JSON.parse(Buffer.from(files.get(name)!).toString()) as Content;
}

async function refusal(promise: Promise<unknown>): Promise<SerError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SerError) return error;
  throw new Error('nothing was refused');
}

describe('a bundle', () => {
  let model: TrainedModel;
  let files: Map<string, Uint8Array>;

  before(async () => {
    model = await trainedModel();
    files = bundleFiles(model);
  });

  it('holds model, weights, scaler, labels and metadata', () => {
    expect([...files.keys()]).to.have.members([...BUNDLE_FILES]);
  });

  it('is loaded by plain TensorFlow.js, and predicts as it does to 1e-6', async () => {
    await loadTensorFlow('cpu');
    const json = parsed<LayersModelJson>(files, 'model.json');
    const weightData = new Uint8Array(files.get('weights.bin')!).buffer;
    const layers = await loadLayersModel(
      tf.io.fromMemory({
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
        weightData,
      }),
    );
    const count = 150;
    const rows = plausibleRows(model.scaler, 9, count);
    const scaled = scaleRows(model.scaler, rows);
    const expected = (layers.predict(tf.tensor2d(scaled, [count, INPUTS])) as tf.Tensor).dataSync();
    const probabilities = createPredictor(await readBundle(reader(files)))(rows, count);
    expect(probabilities).to.have.length(count * LABELS.length);
    probabilities.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-6));
  });

  it('of the original size predicts as the plain forward pass does, to 1e-6', async () => {
    const shape = { inputs: 195, layers: ORIGINAL_TRAINING.layers, classes: 8 };
    const labels = Array.from({ length: 8 }, (_, index) => `class ${index}`);
    const columns = Array.from({ length: 195 }, (_, index) => `feature_${index}`);
    const original: TrainedModel = {
      shape,
      networks: [initialWeights(shape, 1)],
      scaler: { mean: [...noise(4, 195)], scale: [...noise(5, 195)].map((value) => 2 + value) },
      metadata: { ...model.metadata, labels, featureSet: { name: 'test', version: 1, columns } },
    };
    const bundle = await readBundle(reader(bundleFiles(original)));
    const rows = plausibleRows(original.scaler, 12, 5);
    const probabilities = createPredictor(bundle)(rows, 5);
    const scaled = scaleRows(original.scaler, rows);
    for (let row = 0; row < 5; row++) {
      plainForward(bundle.networks[0]!, [...scaled.subarray(row * 195, (row + 1) * 195)]).forEach((value, label) => {
        expect(probabilities[row * 8 + label]).to.be.closeTo(value, 1e-6);
      });
    }
  });

  it('predicts a row alone as among others', async () => {
    const predict = createPredictor(await readBundle(reader(files)));
    const rows = plausibleRows(model.scaler, 10, 70);
    const last = predict(rows.slice(69 * INPUTS), 1);
    expect(predict(rows, 70).slice(-LABELS.length)).to.deep.equal(last);
    expect(last.reduce((sum, value) => sum + value, 0)).to.be.closeTo(1, 1e-6);
    expect(predict(new Float64Array(0), 0)).to.have.length(0);
  });

  it('gives back what went in', async () => {
    const { scaler, labels, metadata } = await readBundle(reader(files));
    expect({ scaler, labels, metadata }).to.deep.equal({
      scaler: model.scaler,
      labels: LABELS,
      metadata: model.metadata,
    });
  });

  it('refuses features of another set or version, naming both', async () => {
    const bundle = await readBundle(reader(files));
    expect(() => checkFeatureSet(bundle, { name: 'test', version: 3 })).to.not.throw();
    expect(() => checkFeatureSet(bundle, { name: 'test', version: 4 })).to.throw('test version 3, got test version 4');
    expect(() => checkFeatureSet(bundle, { name: 'meyda', version: 3 })).to.throw('got meyda version 3');
  });

  it('refuses rows of another length or with holes', async () => {
    const predict = createPredictor(await readBundle(reader(files)));
    expect(() => predict(new Float64Array(20), 1)).to.throw('20 values are not 1 rows of 21');
    expect(() => predict(new Float64Array(INPUTS).fill(NaN), 1)).to.throw('NaN in row 0, column 0');
  });

  it('refuses files that do not belong together, by name', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ 'labels.json': ['angry', 'sad'] }, 'labels.json: 2 labels for a network of 3 outputs'],
      [{ 'weights.bin': files.get('weights.bin')!.slice(4) }, 'weights.bin: holds'],
      [{ 'scaler.json': { ...parsed<object>(files, 'scaler.json'), columns: [] } }, 'scaler.json: the columns'],
      [{ 'metadata.json': Buffer.from('{') }, 'metadata.json: '],
      [{ 'metadata.json': { ...model.metadata, format: 2 } }, 'metadata.json: format 2, takes 1'],
    ];
    for (const [changed, message] of cases) {
      expect((await refusal(readBundle(reader(files, changed)))).message).to.contain(message);
    }
  });

  it('refuses a network of other layers, by name', async () => {
    const json = parsed<LayersModelJson>(files, 'model.json');
    json.modelTopology.config.layers[1]!.class_name = 'LSTM';
    const error = await refusal(readBundle(reader(files, { 'model.json': json })));
    expect(error).to.include({ kind: 'Incompatible' });
    expect(error.message).to.contain('dropout_1 is LSTM');
  });
});
