import { SerError } from '../contracts/errors.js';
import type { Bundle } from './bundle.js';
import { gatherRows, inferLogits } from './inference.js';
import type { InferenceStage } from './inference.js';
import { createArena, instantiateKernels } from './kernels.js';
import type { DenseStage } from './layersModel.js';
import { padVariables, padded, panelIndex, paddedRows, toPanels } from './panels.js';
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
 * The network of a bundle on the WebAssembly kernels: no TensorFlow.js, so that it is there at once. It owns its
 * memory; one instance serves one thread. Whether the features are the bundle's is for `checkFeatureSet` to say.
 */
export function createPredictor({ stages, scaler, labels }: Pick<Bundle, 'stages' | 'scaler' | 'labels'>): Predictor {
  const kernels = instantiateKernels();
  const arena = createArena(kernels);
  const placed = stages.map((stage) => placeStage(stage, (count) => arena.allocate(4 * count)));
  const inputs = scaler.mean.length;
  const input = arena.allocate(4 * BATCH_ROWS * padded(inputs));
  const packed = arena.allocate(4 * BATCH_ROWS * Math.max(...placed.map((stage) => stage.inputs)));
  const { buffer } = kernels.memory;
  stages.forEach((stage, index) => fillStage(stage, placed[index] as InferenceStage, buffer));
  const output = placed.at(-1) as InferenceStage;
  const inputView = new Float32Array(buffer, input, BATCH_ROWS * padded(inputs));
  const outputView = new Float32Array(buffer, output.values, BATCH_ROWS * output.units);

  return (rows, count) => {
    checkRows(rows, count, inputs);
    const scaled = scaleRows(scaler, rows);
    const probabilities = new Float32Array(count * labels.length);
    for (let start = 0; start < count; start += BATCH_ROWS) {
      const chosen = Array.from({ length: Math.min(BATCH_ROWS, count - start) }, (_, row) => start + row);
      const height = paddedRows(chosen.length);
      gatherRows(scaled, inputs, chosen, inputView, height);
      const logits = inferLogits(kernels, placed, input, packed, height);
      kernels.softmax(logits, output.parameters, chosen.length, height, output.units, labels.length);
      chosen.forEach((row, position) => {
        for (let label = 0; label < labels.length; label++) {
          probabilities[row * labels.length + label] = outputView[panelIndex(position, label, height)] as number;
        }
      });
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
