import type { HiddenLayer } from '../contracts/training.js';
import { PURPOSE, randomWords } from './random.js';

/** Hidden layers of Dense (relu), Dropout, BatchNormalization; then Dense (softmax). */
export type NetworkShape = { inputs: number; layers: readonly HiddenLayer[]; classes: number };

/** Epsilon and momentum of batch normalisation, Keras's defaults. */
export const BATCH_NORMALISATION = { epsilon: 1e-3, momentum: 0.99 } as const;

export type VariableName = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

/** Where one variable of the network lies in its flat vector. Kernels are [inputs, units], row by row. */
export type Variable = { layer: number; name: VariableName; shape: number[]; offset: number; size: number };

/** Everything a network learnt: what gradients move, and the moving statistics of batch normalisation. */
export type NetworkWeights = { parameters: Float32Array; statistics: Float32Array };

/** Units of every Dense layer, the output last. */
export function denseUnits(shape: NetworkShape): number[] {
  return [...shape.layers.map((layer) => layer.units), shape.classes];
}

function layOut(entries: { layer: number; name: VariableName; shape: number[] }[]): Variable[] {
  let offset = 0;
  return entries.map((entry) => {
    const size = entry.shape.reduce((product, length) => product * length, 1);
    const variable = { ...entry, offset, size };
    offset += size;
    return variable;
  });
}

/** The trainable variables in the order of the flat vector: kernel, bias, gamma, beta of each layer; output last. */
export function trainableVariables(shape: NetworkShape): Variable[] {
  const units = denseUnits(shape);
  return layOut(
    units.flatMap((width, layer) => {
      const inputs = units[layer - 1] ?? shape.inputs;
      const dense = [
        { layer, name: 'kernel' as const, shape: [inputs, width] },
        { layer, name: 'bias' as const, shape: [width] },
      ];
      if (layer === shape.layers.length) return dense;
      return [
        ...dense,
        { layer, name: 'gamma' as const, shape: [width] },
        { layer, name: 'beta' as const, shape: [width] },
      ];
    }),
  );
}

/** The moving statistics in the order of their flat vector: mean, variance of each hidden layer. */
export function statisticVariables(shape: NetworkShape): Variable[] {
  return layOut(
    shape.layers.flatMap((hidden, layer) => [
      { layer, name: 'movingMean' as const, shape: [hidden.units] },
      { layer, name: 'movingVariance' as const, shape: [hidden.units] },
    ]),
  );
}

/** The length of the flat vector that holds these variables. */
export function flatSize(variables: readonly Variable[]): number {
  return variables.reduce((sum, variable) => sum + variable.size, 0);
}

/** The part of a flat vector that holds one variable; a view, not a copy. */
export function viewOf(flat: Float32Array, variable: Variable): Float32Array {
  return flat.subarray(variable.offset, variable.offset + variable.size);
}

/** Kernels uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio, 2010), gamma and variance 1, all others 0. */
export function initialWeights(shape: NetworkShape, seed: number): NetworkWeights {
  const trainable = trainableVariables(shape);
  const parameters = new Float32Array(flatSize(trainable));
  for (const variable of trainable) {
    if (variable.name === 'gamma') viewOf(parameters, variable).fill(1);
    if (variable.name !== 'kernel') continue;
    const [inputs = 0, units = 0] = variable.shape;
    const limit = Math.sqrt(6 / (inputs + units));
    const words = randomWords({ seed, purpose: PURPOSE.initialWeights, layer: variable.layer }, variable.size);
    viewOf(parameters, variable).set(Float32Array.from(words, (word) => limit * ((2 * word + 1) / 2 ** 32 - 1)));
  }
  const moving = statisticVariables(shape);
  const statistics = new Float32Array(flatSize(moving));
  for (const variable of moving) if (variable.name === 'movingVariance') viewOf(statistics, variable).fill(1);
  return { parameters, statistics };
}

/** Batch normalisation as learnt: values - mean, over the deviation, times gamma, plus beta. */
export type Normalisation = Record<'gamma' | 'beta' | 'mean' | 'variance', Float32Array>;

/** Writes the normalisation by moving statistics as one multiplication and one addition. */
export function foldNormalisation(
  { gamma, beta, mean, variance }: Normalisation,
  scale: Float32Array,
  shift: Float32Array,
  epsilon: number = BATCH_NORMALISATION.epsilon,
): void {
  for (let unit = 0; unit < gamma.length; unit++) {
    const factor = (gamma[unit] as number) / Math.sqrt((variance[unit] as number) + epsilon);
    scale[unit] = factor;
    shift[unit] = (beta[unit] as number) - (mean[unit] as number) * factor;
  }
}
