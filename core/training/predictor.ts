import { SerError } from '../contracts/errors.js';
import type { Bundle } from './bundle.js';
import { gatherRows, inferLogits } from './inference.js';
import type { InferenceStage } from './inference.js';
import { createArena, instantiateKernels } from './kernels.js';
import type { DenseStage } from './readLayersModel.js';
import { padVariables, padded, panelIndex, toPanels } from './panels.js';
import { scaleRows } from './scaler.js';

/**
 * Probabilities of the classes.
 *
 * @param rows count x features, as extracted (not scaled), row by row
 * @returns count x labels, row by row
 * @throws SerError `BadInput` for rows of another length or a value that is not finite
 */
export type Predictor = (rows: Float64Array, count: number) => Float32Array;

const BATCH_ROWS = 64;
const LOWEST = -3.4028234663852886e38;

/**
 * The networks of a bundle on the WebAssembly kernels: no TensorFlow.js, so that it is there at once. It owns its
 * memory; one instance serves one thread. Whether the features are the bundle's is for `checkFeatureSet` to say.
 */
export function createPredictor({
  networks,
  scaler,
  labels,
}: Pick<Bundle, 'networks' | 'scaler' | 'labels'>): Predictor {
  const kernels = instantiateKernels();
  const arena = createArena(kernels);
  const placed = networks.map((chain) => chain.map((stage) => placeStage(stage, (count) => arena.allocate(4 * count))));
  const inputs = scaler.mean.length;
  const input = arena.allocate(4 * BATCH_ROWS * padded(inputs));
  const packed = arena.allocate(4 * BATCH_ROWS * Math.max(...placed.flat().map((stage) => stage.inputs)));
  const { buffer } = kernels.memory;
  placed.forEach((chain, network) =>
    chain.forEach((stage, index) => fillStage(networks[network]?.[index] as DenseStage, stage, buffer)),
  );
  const inputView = new Float32Array(buffer, input, BATCH_ROWS * padded(inputs));

  /** Adds the probabilities that one network gives the rows of a batch, each with its share of the average. */
  function addAnswers(
    chain: readonly InferenceStage[],
    start: number,
    count: number,
    probabilities: Float32Array,
  ): void {
    const { parameters, values, units } = chain.at(-1) as InferenceStage;
    const height = padded(count);
    const logits = inferLogits(kernels, chain, input, packed, height);
    kernels.softmax(logits, parameters, count, height, units, labels.length);
    const output = new Float32Array(buffer, values, BATCH_ROWS * units);
    for (let row = 0; row < count; row++) {
      for (let label = 0; label < labels.length; label++) {
        const index = (start + row) * labels.length + label;
        const probability = (output[panelIndex(row, label, height)] as number) / placed.length;
        probabilities[index] = (probabilities[index] as number) + probability;
      }
    }
  }

  return (rows, count) => {
    checkRows(rows, count, inputs);
    const scaled = scaleRows(scaler, rows);
    const probabilities = new Float32Array(count * labels.length);
    for (let start = 0; start < count; start += BATCH_ROWS) {
      const chosen = Array.from({ length: Math.min(BATCH_ROWS, count - start) }, (_, row) => start + row);
      gatherRows(scaled, inputs, chosen, inputView, padded(chosen.length));
      for (const chain of placed) addAnswers(chain, start, chosen.length, probabilities);
    }
    return probabilities;
  };
}

function placeStage(stage: DenseStage, floats: (count: number) => number): InferenceStage {
  const inputs = padded(stage.inputs);
  const units = padded(stage.units);
  return {
    inputs,
    units,
    kernel: floats(inputs * units),
    parameters: floats(3 * units),
    values: floats(BATCH_ROWS * units),
    floor: stage.activation === 'relu' ? 0 : LOWEST,
  };
}

function fillStage(
  stage: DenseStage,
  { inputs, units, kernel, parameters }: InferenceStage,
  buffer: ArrayBuffer,
): void {
  const variable = {
    layer: 0,
    name: 'kernel' as const,
    shape: [stage.inputs, stage.units],
    offset: 0,
    size: stage.kernel.length,
  };
  toPanels(stage.kernel, padVariables([variable]), new Float32Array(buffer, kernel, inputs * units));
  const vectors = new Float32Array(buffer, parameters, 3 * units);
  vectors.set(stage.bias);
  vectors.set(stage.scale, units);
  vectors.set(stage.shift, 2 * units);
}

function checkRows(rows: Float64Array, count: number, inputs: number): void {
  if (rows.length !== count * inputs) {
    throw new SerError('BadInput', `${rows.length} values are not ${count} rows of ${inputs}`, 'features');
  }
  const odd = rows.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    const place = `row ${Math.floor(odd / inputs)}, column ${odd % inputs}`;
    throw new SerError('BadInput', `holds ${rows[odd] as number} in ${place}`, 'features', 'extract them again');
  }
}
