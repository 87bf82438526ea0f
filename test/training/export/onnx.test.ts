import { expect } from 'chai';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { ORIGINAL_TRAINING } from '../../../core/contracts/training.js';
import type { Bundle } from '../../../core/training/bundle.js';
import { ONNX_INPUT, ONNX_OUTPUT, onnxOf } from '../../../core/training/export/onnx.js';
import { createPredictor } from '../../../core/training/predictor.js';
import type { DenseChain, DenseStage } from '../../../core/training/readLayersModel.js';
import { failureOf } from '../../support/failureOf.js';
import { noise } from '../helpers.js';

/** Weights of the size that training leaves, and normalisation that matters. */
function stage(seed: number, inputs: number, units: number, activation: DenseStage['activation']): DenseStage {
  const floats = (offset: number, count: number, size: number) =>
    Float32Array.from(noise(seed + offset, count), (value) => value * size);
  const hidden = activation !== 'softmax';
  return {
    inputs,
    units,
    activation,
    kernel: floats(0, inputs * units, 2 / Math.sqrt(inputs)),
    bias: floats(1, units, 0.5),
    scale: hidden ? floats(2, units, 0.5).map((value) => 1 + value) : new Float32Array(units).fill(1),
    shift: hidden ? floats(3, units, 0.5) : new Float32Array(units),
  };
}

function bundleOf(networks: DenseChain[], parameters: Partial<Bundle['metadata']['parameters']> = {}): Bundle {
  const inputs = networks[0]![0]!.inputs;
  const labels = Array.from({ length: networks[0]!.at(-1)!.units }, (_, index) => `émotion ${index}`);
  const columns = Array.from({ length: inputs }, (_, index) => `feature_${index}`);
  return {
    networks,
    labels,
    scaler: {
      mean: [...noise(90, inputs)].map((value) => 600 * value),
      scale: [...noise(91, inputs)].map((value) => 60 + 50 * value),
    },
    metadata: {
      format: 1,
      featureSet: { name: 'test', version: 3, columns },
      labels,
      parameters: { ...ORIGINAL_TRAINING, seed: 1, ...parameters },
      backend: 'fused',
      trainedOn: { corpora: [], utterances: { train: 0, validation: 0, test: 0 }, synthetic: true },
      bestEpoch: 1,
      history: [],
    },
  };
}

const original = (seed: number): DenseChain => [
  stage(seed, 195, 512, 'relu'),
  stage(seed + 10, 512, 256, 'relu'),
  stage(seed + 20, 256, 128, 'relu'),
  stage(seed + 30, 128, 64, 'relu'),
  stage(seed + 40, 64, 8, 'softmax'),
];

function plausibleRows({ scaler: { mean, scale } }: Bundle, count: number): Float64Array {
  return noise(92, count * mean.length).map((value, index) => {
    const column = index % mean.length;
    return mean[column]! + 2 * value * scale[column]!;
  });
}

describe('a model as ONNX', function () {
  this.timeout(20_000);

  /** What onnxruntime answers to the rows, as they were extracted. */
  async function answers(
    bundle: Bundle,
    rows: Float64Array,
    count: number,
    type: 'float32' | 'float64' = 'float32',
  ): Promise<Float32Array> {
    const session = await InferenceSession.create(onnxOf(bundle));
    expect(session.inputNames).to.deep.equal([ONNX_INPUT]);
    expect(session.outputNames).to.deep.equal([ONNX_OUTPUT]);
    const dims = [count, rows.length / count];
    const features =
      type === 'float32' ? new Tensor(type, Float32Array.from(rows), dims) : new Tensor(type, rows, dims);
    const output = (await session.run({ [ONNX_INPUT]: features }))[ONNX_OUTPUT]!;
    expect(output.dims).to.deep.equal([count, bundle.labels.length]);
    await session.release();
    return output.data as Float32Array;
  }

  const cases: [name: string, networks: DenseChain[]][] = [
    ['the original network', [original(1)]],
    ['an ensemble of three, by the mean of their probabilities', [original(1), original(100), original(200)]],
    ['a linear model', [[stage(7, 33, 5, 'softmax')]]],
    ['a layer without activation', [[stage(8, 10, 6, 'linear'), stage(9, 6, 3, 'softmax')]]],
  ];
  for (const [name, networks] of cases) {
    it(`answers as our predictor does, to 1e-5, for one row and for many: ${name}`, async () => {
      const bundle = bundleOf(networks);
      const predict = createPredictor(bundle);
      for (const count of [1, 70]) {
        const rows = plausibleRows(bundle, count);
        const expected = predict(rows, count);
        const actual = await answers(bundle, rows, count);
        if (count > 1) expect(expected.some((value) => value > 0.1 && value < 0.9)).to.equal(true);
        actual.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-5));
      }
    });
  }

  it('names the feature set, its columns and the labels in the file', () => {
    const text = Buffer.from(onnxOf(bundleOf([[stage(7, 4, 2, 'softmax')]]))).toString();
    expect(text).to.contain('feature_set\x12\x04test').and.to.contain('feature_set_version\x12\x013');
    expect(text).to.contain('["feature_0","feature_1","feature_2","feature_3"]');
    expect(text).to.contain('["émotion 0","émotion 1"]');
  });

  it('refuses a model that measures features against the speaker, which single rows cannot express', async () => {
    const bundle = bundleOf([[stage(7, 4, 2, 'softmax')]], { normalise: 'speaker' });
    const failure = await failureOf(() => onnxOf(bundle));
    expect(failure.kind).to.equal('Incompatible');
    expect(failure.what).to.contain("against the speaker's own");
  });

  it('takes features in double precision where single would lose what the scaler leaves', async () => {
    const bundle = bundleOf([[stage(7, 4, 3, 'softmax')]]);
    Object.assign(bundle.scaler, { mean: [5, -3e7, 2, 1], scale: [1, 0.01, 3, 4] });
    const rows = Float64Array.of(5.5, -3e7 + 0.011, 7, -2, 4, -3e7 - 0.02, -1, 3);
    const expected = createPredictor(bundle)(rows, 2);
    const actual = await answers(bundle, rows, 2, 'float64');
    actual.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-5));
  });
});
