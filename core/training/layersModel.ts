import { SerError } from '../contracts/errors.js';
import {
  BATCH_NORMALISATION,
  denseUnits,
  flatSize,
  foldNormalisation,
  statisticVariables,
  trainableVariables,
  viewOf,
} from './network.js';
import type { NetworkShape, NetworkWeights, Variable, VariableName } from './network.js';

/** The two files of a TensorFlow.js LayersModel. */
export type LayersModelFiles = { 'model.json': Uint8Array; 'weights.bin': Uint8Array };

type LayerConfig = { class_name: string; config: Record<string, unknown> & { name: string } };

type WeightEntry = { name: string; shape: number[]; dtype: string };

/** What of a `model.json` is written and read here. */
export type LayersModelJson = {
  format: string;
  generatedBy: string;
  convertedBy: null;
  modelTopology: {
    class_name: string;
    config: { name: string; layers: LayerConfig[] };
    keras_version: string;
    backend: string;
  };
  weightsManifest: { paths: string[]; weights: WeightEntry[] }[];
};

const KERAS_NAMES: Record<VariableName, string> = {
  kernel: 'kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

/** Writes a network as plain TensorFlow.js loads it (`loadLayersModel`), and Keras's converter reads it. */
export function writeLayersModel(shape: NetworkShape, weights: NetworkWeights): LayersModelFiles {
  const entries = [
    ...trainableVariables(shape).map((variable) => ({ variable, values: viewOf(weights.parameters, variable) })),
    ...statisticVariables(shape).map((variable) => ({ variable, values: viewOf(weights.statistics, variable) })),
  ];
  const values = new Float32Array(flatSize(entries.map((entry) => entry.variable)));
  let offset = 0;
  for (const entry of entries) {
    values.set(entry.values, offset);
    offset += entry.values.length;
  }
  const model: LayersModelJson = {
    format: 'layers-model',
    generatedBy: 'ser',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'sequential_1', layers: layerConfigs(shape) },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: ['weights.bin'], weights: entries.map(({ variable }) => weightEntry(variable)) }],
  };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(model, null, 1)),
    'weights.bin': new Uint8Array(values.buffer),
  };
}

function layerConfigs(shape: NetworkShape): LayerConfig[] {
  return denseUnits(shape).flatMap((units, layer) => {
    const hidden = shape.layers[layer];
    const number = layer + 1;
    const dense = {
      class_name: 'Dense',
      config: {
        name: `dense_${number}`,
        trainable: true,
        dtype: 'float32',
        units,
        activation: hidden === undefined ? 'softmax' : 'relu',
        use_bias: true,
        ...(layer === 0 ? { batch_input_shape: [null, shape.inputs] } : {}),
      },
    };
    if (hidden === undefined) return [dense];
    return [
      dense,
      { class_name: 'Dropout', config: { name: `dropout_${number}`, trainable: true, rate: hidden.dropout } },
      {
        class_name: 'BatchNormalization',
        config: {
          name: `batch_normalization_${number}`,
          trainable: true,
          axis: -1,
          center: true,
          scale: true,
          ...BATCH_NORMALISATION,
        },
      },
    ];
  });
}

function weightEntry({ layer, name, shape }: Variable): WeightEntry {
  const owner = name === 'kernel' || name === 'bias' ? 'dense' : 'batch_normalization';
  return { name: `${owner}_${layer + 1}/${KERAS_NAMES[name]}`, shape, dtype: 'float32' };
}

/**
 * What one Dense layer and a BatchNormalization behind it compute, when nothing is trained any more:
 * activation(x kernel + bias) * scale + shift.
 */
export type DenseStage = {
  inputs: number;
  units: number;
  activation: 'relu' | 'softmax' | 'linear';
  /** [inputs, units], row by row. */
  kernel: Float32Array;
  bias: Float32Array;
  scale: Float32Array;
  shift: Float32Array;
};

/**
 * Reads a sequence of Dense, Dropout and BatchNormalization layers.
 *
 * @throws SerError `Incompatible` for any other layer, activation or kind of model, by name; `BadInput` for weights that
 *   do not fit the layers
 */
export function readLayersModel(files: LayersModelFiles): DenseStage[] {
  const model = JSON.parse(new TextDecoder().decode(files['model.json'])) as LayersModelJson;
  if (model.modelTopology.class_name !== 'Sequential') {
    throw new SerError('Incompatible', `a ${model.modelTopology.class_name} model, takes Sequential`, 'model.json');
  }
  const weights = namedWeights(model, files['weights.bin']);
  const stages: DenseStage[] = [];
  for (const layer of model.modelTopology.config.layers) {
    if (layer.class_name === 'Dense') stages.push(denseStage(layer, weights));
    else if (layer.class_name === 'BatchNormalization') addNormalisation(stages.at(-1), layer, weights);
    else if (layer.class_name !== 'Dropout' && layer.class_name !== 'InputLayer') throw unknownLayer(layer);
  }
  return stages;
}

function unknownLayer({ class_name: kind, config }: LayerConfig): SerError {
  return new SerError(
    'Incompatible',
    `layer ${config.name} is ${kind}; Dense, Dropout and BatchNormalization are known`,
    'model.json',
  );
}

type NamedWeights = (layer: string, weight: string) => Float32Array;

function namedWeights(model: LayersModelJson, bytes: Uint8Array): NamedWeights {
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const byName = new Map<string, Float32Array>();
  let offset = 0;
  for (const { name, shape, dtype } of model.weightsManifest.flatMap((group) => group.weights)) {
    if (dtype !== 'float32') throw new SerError('Incompatible', `${name} is ${dtype}, takes float32`, 'weights.bin');
    const size = shape.reduce((product, length) => product * length, 1);
    byName.set(name, values.subarray(offset, offset + size));
    offset += size;
  }
  if (offset !== values.length) {
    throw new SerError('BadInput', `holds ${values.length} numbers, model.json names ${offset}`, 'weights.bin');
  }
  return (layer, weight) => {
    const found = byName.get(`${layer}/${weight}`);
    if (found === undefined) throw new SerError('BadInput', `${layer}/${weight} is missing`, 'weights.bin');
    return found;
  };
}

function denseStage({ config }: LayerConfig, weights: NamedWeights): DenseStage {
  const units = config['units'] as number;
  const activation = config['activation'] as string;
  if (activation !== 'relu' && activation !== 'softmax' && activation !== 'linear') {
    throw new SerError('Incompatible', `${config.name} has activation ${activation}`, 'model.json');
  }
  const kernel = weights(config.name, 'kernel');
  return {
    inputs: kernel.length / units,
    units,
    activation,
    kernel,
    bias: config['use_bias'] === false ? new Float32Array(units) : weights(config.name, 'bias'),
    scale: new Float32Array(units).fill(1),
    shift: new Float32Array(units),
  };
}

function addNormalisation(stage: DenseStage | undefined, layer: LayerConfig, weights: NamedWeights): void {
  if (stage === undefined || stage.activation === 'softmax') throw unknownLayer(layer);
  const { name, epsilon, scale, center } = layer.config;
  const normalisation = {
    gamma: scale === false ? new Float32Array(stage.units).fill(1) : weights(name, 'gamma'),
    beta: center === false ? new Float32Array(stage.units) : weights(name, 'beta'),
    mean: weights(name, 'moving_mean'),
    variance: weights(name, 'moving_variance'),
  };
  foldNormalisation(normalisation, stage.scale, stage.shift, epsilon as number);
}
