import { createArena, instantiateKernels } from './kernels.js';
import type { Kernels } from './kernels.js';
import type { InferenceStage } from './inference.js';
import { denseUnits, statisticVariables, trainableVariables } from './network.js';
import type { NetworkShape, Variable, VariableName } from './network.js';
import { padVariables, padded } from './panels.js';
import type { PaddedVariable } from './panels.js';

/** A layer in training. Widths are padded; everything else is an address. */
export type FusedLayer = {
  inputs: number;
  units: number;
  kernel: number;
  kernelGradient: number;
  /** Bias; of a hidden layer also gamma and beta, one after the other. */
  parameters: number;
  gradients: number;
  /** The product, then what the way back needs of it. */
  values: number;
  /** Of the product. */
  gradient: number;
};

export type FusedHidden = FusedLayer & {
  dropoutRate: number;
  mask: number;
  /** The normalised values: input of the next layer. */
  output: number;
  /** Moving mean and variance. */
  moving: number;
  /** Mean and 1 / deviation of the batch. */
  batch: number;
};

/** A flat vector, padded, in the memory of the kernels; `length` in floats. */
export type FusedVector = { address: number; length: number; layout: PaddedVariable[] };

export type FusedVectors = Record<
  'parameters' | 'gradients' | 'firstMoment' | 'secondMoment' | 'statistics',
  FusedVector
>;

/** A network in training, laid out once in the memory of kernels of its own. Addresses throughout. */
export type FusedNetwork = {
  kernels: Kernels;
  vectors: FusedVectors;
  hidden: FusedHidden[];
  output: FusedLayer;
  /** The same layers in use; their parameters are for the engine to fold. */
  inference: InferenceStage[];
  /** A batch of features, in panels, and its labels (i32). */
  input: number;
  labels: number;
  /** What each class weighs in the loss of training, and in that of validation: there 1. */
  classWeights: number;
  evenWeights: number;
  /** Summed loss, and hits (f64). */
  sums: number;
  /** Room for any gradient of values in the lists of `multiplySparse`, and for any batch of inputs as `multiply` packs it. */
  pairs: number;
  ends: number;
  packed: number;
};

const FLOAT_BYTES = 4;

export function layFusedNetwork(shape: NetworkShape, batchSize: number): FusedNetwork {
  const kernels = instantiateKernels();
  const { allocate } = createArena(kernels);
  const floats = (count: number) => allocate(count * FLOAT_BYTES);
  const rows = padded(batchSize);
  const vectors = layVectors(shape, floats);
  const widths = denseUnits(shape);

  const layLayer = (layer: number): FusedLayer => {
    const units = padded(widths[layer] as number);
    return {
      inputs: padded(widths[layer - 1] ?? shape.inputs),
      units,
      kernel: addressOf(vectors.parameters, layer, 'kernel'),
      kernelGradient: addressOf(vectors.gradients, layer, 'kernel'),
      parameters: addressOf(vectors.parameters, layer, 'bias'),
      gradients: addressOf(vectors.gradients, layer, 'bias'),
      values: floats(rows * units),
      gradient: floats(rows * units),
    };
  };
  const hidden = shape.layers.map(({ dropout }, index): FusedHidden => {
    const layer = layLayer(index);
    return {
      ...layer,
      dropoutRate: dropout,
      mask: floats(rows * layer.units),
      output: floats(rows * layer.units),
      moving: addressOf(vectors.statistics, index, 'movingMean'),
      batch: floats(2 * layer.units),
    };
  });
  const output = layLayer(hidden.length);
  const layers = [...hidden, output];
  const widest = Math.max(...layers.map(({ units }) => units));
  return {
    kernels,
    vectors,
    hidden,
    output,
    inference: layers.map(({ inputs, units, kernel, values }) => {
      return { inputs, units, kernel, values, parameters: floats(3 * units), floor: 0 };
    }),
    input: floats(rows * padded(shape.inputs)),
    labels: floats(rows),
    classWeights: floats(shape.classes),
    evenWeights: floats(shape.classes),
    sums: allocate(2 * Float64Array.BYTES_PER_ELEMENT),
    pairs: floats(2 * (rows * widest + 1)),
    ends: floats(Math.max(rows, widest)),
    packed: floats(rows * Math.max(...layers.map(({ inputs }) => inputs))),
  };
}

function layVectors(shape: NetworkShape, floats: (count: number) => number): FusedVectors {
  const lay = (variables: Variable[]): FusedVector => {
    const layout = padVariables(variables);
    const length = layout.reduce((sum, { size }) => sum + size, 0);
    return { layout, length, address: floats(length) };
  };
  const trainable = trainableVariables(shape);
  return {
    parameters: lay(trainable),
    gradients: lay(trainable),
    firstMoment: lay(trainable),
    secondMoment: lay(trainable),
    statistics: lay(statisticVariables(shape)),
  };
}

function addressOf({ address, layout }: FusedVector, layer: number, name: VariableName): number {
  const found = layout.find(({ variable }) => variable.layer === layer && variable.name === name);
  return address + (found as PaddedVariable).offset * FLOAT_BYTES;
}
