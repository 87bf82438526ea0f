import { SerError } from '../contracts/errors.js';
import type { LayerConfig, LayersModelFiles, LayersModelJson } from './layersModel.js';
import { foldNormalisation } from './network.js';

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

/** The layers of one network, in their order. */
export type DenseChain = DenseStage[];

/**
 * Reads a chain of Dense, Dropout and BatchNormalization layers (Sequential, or a Model that is one), or several of them
 * whose outputs an Average takes together.
 *
 * @returns one chain a network
 * @throws SerError `Incompatible` for any other layer, activation or kind of model, by name; `BadInput` for weights that
 *   do not fit the layers
 */
export function readLayersModel(files: LayersModelFiles): DenseChain[] {
  const model = JSON.parse(new TextDecoder().decode(files['model.json'])) as LayersModelJson;
  const weights = namedWeights(model, files['weights.bin']);
  return chainsOf(model.modelTopology).map((layers) => readChain(layers, weights));
}

/** The layers of each network of a model, first to last. */
function chainsOf({ class_name: kind, config }: LayersModelJson['modelTopology']): LayerConfig[][] {
  if (kind === 'Sequential') return [config.layers];
  if (kind !== 'Model' && kind !== 'Functional') {
    throw new SerError('Incompatible', `a ${kind} model, takes Sequential or Model`, 'model.json');
  }
  const byName = new Map(config.layers.map((layer) => [layer.config.name, layer]));
  const last = byName.get(config.output_layers?.[0]?.[0] ?? '');
  const ends = last?.class_name === 'Average' ? inputsOf(last).map((name) => byName.get(name)) : [last];
  return ends.map((end) => chainTo(end, byName));
}

function inputsOf({ inbound_nodes: nodes = [] }: LayerConfig): string[] {
  return (nodes[0] ?? []).map(([name]) => name);
}

/** Goes back from the last layer of a network to its input. */
function chainTo(end: LayerConfig | undefined, byName: ReadonlyMap<string, LayerConfig>): LayerConfig[] {
  const chain: LayerConfig[] = [];
  for (let layer = end; layer !== undefined && chain.length <= byName.size;) {
    chain.unshift(layer);
    const [input, ...others] = inputsOf(layer);
    if (others.length > 0) throw unknownLayer(layer);
    layer = input === undefined ? undefined : byName.get(input);
  }
  return chain;
}

function readChain(layers: readonly LayerConfig[], weights: NamedWeights): DenseChain {
  const stages: DenseStage[] = [];
  for (const layer of layers) {
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
