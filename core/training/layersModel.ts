import { BATCH_NORMALISATION, denseUnits, flatSize, statisticVariables, trainableVariables } from './network.js';
import type { NetworkShape, NetworkWeights, Variable, VariableName } from './network.js';

/** The two files of a TensorFlow.js LayersModel. */
export type LayersModelFiles = { 'model.json': Uint8Array; 'weights.bin': Uint8Array };

/** A call of a layer: the layers whose outputs it takes. */
type InboundNode = [layer: string, node: number, tensor: number, options: object][];

/** In a model of class Model, which is a graph, a layer also says what it is fed with. */
export type LayerConfig = {
  class_name: string;
  config: Record<string, unknown> & { name: string };
  name?: string;
  inbound_nodes?: InboundNode[];
};

type OutputOf = [layer: string, node: number, tensor: number];

type WeightEntry = { name: string; shape: number[]; dtype: string };

/** What of a `model.json` is written and read here. */
export type LayersModelJson = {
  format: string;
  generatedBy: string;
  convertedBy: null;
  modelTopology: {
    class_name: string;
    config: { name: string; layers: LayerConfig[]; input_layers?: OutputOf[]; output_layers?: OutputOf[] };
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

/**
 * Writes networks as plain TensorFlow.js loads them (`loadLayersModel`), and Keras's converter reads them: one as a
 * Sequential, several as a Model of branches whose probabilities an Average takes together.
 */
export function writeLayersModel(shape: NetworkShape, networks: readonly NetworkWeights[]): LayersModelFiles {
  const variables = [...trainableVariables(shape), ...statisticVariables(shape)];
  const values = networks.map(({ parameters, statistics }) => {
    const flat = new Float32Array(flatSize(variables));
    flat.set(parameters);
    flat.set(statistics, parameters.length);
    return flat;
  });
  const prefixes = networks.length === 1 ? [''] : networks.map((_, index) => `network_${index + 1}_`);
  const model: LayersModelJson = {
    format: 'layers-model',
    generatedBy: 'ser',
    convertedBy: null,
    modelTopology: {
      ...(networks.length === 1 ? sequential(shape) : branches(shape, prefixes)),
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: prefixes.flatMap((prefix) => variables.map((variable) => weightEntry(variable, prefix))),
      },
    ],
  };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(model, null, 1)),
    'weights.bin': new Uint8Array(Buffer.concat(values.map(({ buffer }) => new Uint8Array(buffer)))),
  };
}

type Graph = Pick<LayersModelJson['modelTopology'], 'class_name' | 'config'>;

function sequential(shape: NetworkShape): Graph {
  const [first, ...others] = layerConfigs(shape, '') as [LayerConfig, ...LayerConfig[]];
  const config = { ...first.config, batch_input_shape: [null, shape.inputs] };
  return { class_name: 'Sequential', config: { name: 'sequential_1', layers: [{ ...first, config }, ...others] } };
}

function branches(shape: NetworkShape, prefixes: readonly string[]): Graph {
  const fedBy = (...layers: string[]): InboundNode[] => [layers.map((layer) => [layer, 0, 0, {}])];
  const named = (layer: LayerConfig, inbound_nodes: InboundNode[]): LayerConfig => {
    return { ...layer, name: layer.config.name, inbound_nodes };
  };
  const [input, output] = ['features', 'average'];
  const chains = prefixes.map((prefix) => layerConfigs(shape, prefix));
  const layers = [
    named(
      { class_name: 'InputLayer', config: { name: input, batch_input_shape: [null, shape.inputs], dtype: 'float32' } },
      [],
    ),
    ...chains.flatMap((chain) =>
      chain.map((layer, index) => named(layer, fedBy(chain[index - 1]?.config.name ?? input))),
    ),
    named(
      { class_name: 'Average', config: { name: output, trainable: true, dtype: 'float32' } },
      fedBy(...chains.map((chain) => (chain.at(-1) as LayerConfig).config.name)),
    ),
  ];
  const config = { name: 'ensemble', layers, input_layers: outputOf(input), output_layers: outputOf(output) };
  return { class_name: 'Model', config };
}

function outputOf(layer: string): OutputOf[] {
  return [[layer, 0, 0]];
}

function layerConfigs(shape: NetworkShape, prefix: string): LayerConfig[] {
  return denseUnits(shape).flatMap((units, layer) => {
    const hidden = shape.layers[layer];
    const number = layer + 1;
    const dense = {
      class_name: 'Dense',
      config: {
        name: `${prefix}dense_${number}`,
        trainable: true,
        dtype: 'float32',
        units,
        activation: hidden === undefined ? 'softmax' : 'relu',
        use_bias: true,
      },
    };
    if (hidden === undefined) return [dense];
    return [
      dense,
      { class_name: 'Dropout', config: { name: `${prefix}dropout_${number}`, trainable: true, rate: hidden.dropout } },
      {
        class_name: 'BatchNormalization',
        config: {
          name: `${prefix}batch_normalization_${number}`,
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

function weightEntry({ layer, name, shape }: Variable, prefix: string): WeightEntry {
  const owner = name === 'kernel' || name === 'bias' ? 'dense' : 'batch_normalization';
  return { name: `${prefix}${owner}_${layer + 1}/${KERAS_NAMES[name]}`, shape, dtype: 'float32' };
}
