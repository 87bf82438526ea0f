import { createArena, instantiateKernels } from './kernels.js';
import type { Arena, Kernels } from './kernels.js';
import type { InferenceStage } from './inference.js';
import { denseUnits, statisticVariables, trainableVariables } from './network.js';
import type { NetworkShape, Variable, VariableName } from './network.js';
import { padVariables, padded, paddedRows } from './panels.js';
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

/** A flat vector, padded, in the memory of the kernels. */
export type FusedVector = { address: number; view: Float32Array; layout: PaddedVariable[] };

/** A network in training, laid out once in the memory of kernels of its own. */
export type FusedNetwork = {
  kernels: Kernels;
  hidden: FusedHidden[];
  output: FusedLayer;
  /** A batch of features, in panels. */
  input: { address: number; view: Float32Array };
  labels: { address: number; view: Int32Array };
  /** Summed loss, and hits. */
  sums: { address: number; view: Float64Array };
  /** Room for any kernel with inputs and units exchanged, and for any batch of values in the order of `multiply`. */
  transposed: number;
  packed: number;
  vectors: Record<'parameters' | 'gradients' | 'firstMoment' | 'secondMoment' | 'statistics', FusedVector>;
  inference: (InferenceStage & { view: Float32Array })[];
};

const FLOAT_BYTES = 4;

export function layFusedNetwork(shape: NetworkShape, batchSize: number): FusedNetwork {
  const kernels = instantiateKernels();
  const arena = createArena(kernels);
  const floats = (count: number) => arena.allocate(count * FLOAT_BYTES);
  const rows = paddedRows(batchSize);

  const addresses = layVectors(arena, shape);
  const dense = (layer: number): FusedLayer => layDense(shape, layer, rows, addresses, floats);
  const hidden = shape.layers.map(({ dropout }, index): FusedHidden => {
    const layer = dense(index);
    return {
      ...layer,
      dropoutRate: dropout,
      mask: floats(rows * layer.units),
      output: floats(rows * layer.units),
      moving: addresses.of('statistics', index, 'movingMean'),
      batch: floats(2 * layer.units),
    };
  });
  const output = dense(hidden.length);
  const layers = [...hidden, output];
  const inference = layers.map(({ inputs, units, kernel, values }) => {
    return { inputs, units, kernel, values, parameters: floats(3 * units), floor: 0 };
  });
  const transposed = floats(Math.max(...layers.map(({ inputs, units }) => inputs * units)));
  const packed = floats(rows * Math.max(...layers.flatMap(({ inputs, units }) => [inputs, units])));
  const input = floats(rows * padded(shape.inputs));
  const labels = floats(rows);
  const sums = arena.allocate(16);

  // From here on the memory no longer grows, and views of it stay valid.
  const { buffer } = kernels.memory;
  return {
    kernels,
    hidden,
    output,
    transposed,
    packed,
    input: { address: input, view: new Float32Array(buffer, input, rows * padded(shape.inputs)) },
    labels: { address: labels, view: new Int32Array(buffer, labels, rows) },
    sums: { address: sums, view: new Float64Array(buffer, sums, 2) },
    vectors: addresses.views(buffer),
    inference: inference.map((stage) => ({
      ...stage,
      view: new Float32Array(buffer, stage.parameters, 3 * stage.units),
    })),
  };
}

const TRAINABLE = ['parameters', 'gradients', 'firstMoment', 'secondMoment'] as const;

type VectorName = (typeof TRAINABLE)[number] | 'statistics';

type VectorAddresses = {
  of(vector: VectorName, layer: number, name: VariableName): number;
  views(buffer: ArrayBuffer): Record<VectorName, FusedVector>;
};

/** Four vectors over the trainable variables and one over the moving statistics. */
function layVectors(arena: Arena, shape: NetworkShape): VectorAddresses {
  const lay = (variables: Variable[]) => {
    const layout = padVariables(variables);
    const length = layout.reduce((sum, { size }) => sum + size, 0);
    return { layout, length, address: arena.allocate(length * FLOAT_BYTES) };
  };
  const vectors = new Map<VectorName, ReturnType<typeof lay>>([
    ...TRAINABLE.map((name) => [name, lay(trainableVariables(shape))] as const),
    ['statistics', lay(statisticVariables(shape))],
  ]);
  const get = (name: VectorName) => vectors.get(name) as ReturnType<typeof lay>;
  return {
    of(vector, layer, name) {
      const { address, layout } = get(vector);
      const found = layout.find(({ variable }) => variable.layer === layer && variable.name === name);
      return address + (found as PaddedVariable).offset * FLOAT_BYTES;
    },
    views(buffer) {
      const view = (name: VectorName): FusedVector => {
        const { address, layout, length } = get(name);
        return { address, layout, view: new Float32Array(buffer, address, length) };
      };
      return {
        parameters: view('parameters'),
        gradients: view('gradients'),
        firstMoment: view('firstMoment'),
        secondMoment: view('secondMoment'),
        statistics: view('statistics'),
      };
    },
  };
}

function layDense(
  shape: NetworkShape,
  layer: number,
  rows: number,
  addresses: VectorAddresses,
  floats: (count: number) => number,
): FusedLayer {
  const widths = denseUnits(shape);
  const units = padded(widths[layer] as number);
  return {
    inputs: padded(widths[layer - 1] ?? shape.inputs),
    units,
    kernel: addresses.of('parameters', layer, 'kernel'),
    kernelGradient: addresses.of('gradients', layer, 'kernel'),
    parameters: addresses.of('parameters', layer, 'bias'),
    gradients: addresses.of('gradients', layer, 'bias'),
    values: floats(rows * units),
    gradient: floats(rows * units),
  };
}
