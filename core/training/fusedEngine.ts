import type { TrainingParameters } from '../contracts/training.js';
import { adamStepSize } from './adam.js';
import type { BatchStep, Engine } from './fit.js';
import { layFusedNetwork } from './fusedNetwork.js';
import type { FusedVector } from './fusedNetwork.js';
import { gatherRows, inferLogits } from './inference.js';
import { BATCH_NORMALISATION, flatSize } from './network.js';
import type { NetworkShape } from './network.js';
import { fromPanels, paddedRows, toPanels } from './panels.js';
import { PURPOSE, drawWords, dropThreshold } from './random.js';
import type { LabelledRows, TrainingData } from './trainer.js';

/** The engine on WebAssembly SIMD: a step is some thirty kernel calls on memory that was laid out once. */
export function createFusedEngine(shape: NetworkShape, data: TrainingData, parameters: TrainingParameters): Engine {
  const { seed, batchSize } = parameters;
  const network = layFusedNetwork(shape, batchSize);
  const { kernels, hidden, output, input, labels, sums, vectors, transposed, packed } = network;
  const layers = [...hidden, output];

  /** @returns the rows the kernels go through: those of the batch, and zeros up to a multiple of 4 */
  function placeBatch(part: LabelledRows, chosen: ArrayLike<number>): number {
    const rows = paddedRows(chosen.length);
    gatherRows(part.features, shape.inputs, chosen, input.view, rows);
    for (let row = 0; row < chosen.length; row++) labels.view[row] = part.labels[chosen[row] as number] as number;
    return rows;
  }

  function forward({ epoch, step }: BatchStep, count: number, rows: number): void {
    let values = input.address;
    hidden.forEach((layer, index) => {
      const { units, mask, dropoutRate } = layer;
      const { key0, key1, c1, c2, c3 } = drawWords({ seed, purpose: PURPOSE.dropout, layer: index, epoch, step });
      const kept = 1 / (1 - dropoutRate);
      kernels.multiply(values, layer.kernel, layer.values, packed, rows, layer.inputs, units);
      kernels.dropoutMask(mask, rows, units, dropThreshold(dropoutRate), kept, key0, key1, c1, c2, c3);
      const { parameters, moving, batch } = layer;
      kernels.hiddenForward(layer.values, mask, layer.output, parameters, moving, batch, count, rows, units);
      values = layer.output;
    });
    kernels.multiply(values, output.kernel, output.values, packed, rows, output.inputs, output.units);
    addLoss(count, rows);
  }

  /** Softmax of the logits; their loss and hits go to the sums. */
  function addLoss(count: number, rows: number): void {
    const { values, parameters, units } = output;
    kernels.softmaxCrossEntropy(values, parameters, labels.address, sums.address, count, rows, units, shape.classes);
  }

  function backward(count: number, rows: number): void {
    const { values, gradient, gradients, units } = output;
    kernels.outputBackward(values, labels.address, gradient, gradients, count, rows, units);
    for (let index = layers.length - 1; index >= 0; index--) {
      const layer = layers[index] as (typeof layers)[number];
      const below = hidden[index - 1];
      const from = below?.output ?? input.address;
      const { inputs, units } = layer;
      kernels.multiplyTransposed(from, layer.gradient, layer.kernelGradient, count, rows, inputs, units);
      if (below === undefined) continue;
      kernels.transpose(layer.kernel, transposed, inputs, units);
      kernels.multiply(layer.gradient, transposed, below.gradient, packed, rows, units, inputs);
      const { parameters, gradients, batch, values, dropoutRate } = below;
      const kept = 1 / (1 - dropoutRate);
      kernels.hiddenBackward(below.gradient, values, parameters, gradients, batch, kept, count, rows, below.units);
    }
  }

  function trainBatch(batch: BatchStep): void {
    const count = batch.rows.length;
    const rows = placeBatch(data.train, batch.rows);
    forward(batch, count, rows);
    backward(count, rows);
    const { parameters, gradients, firstMoment, secondMoment } = vectors;
    kernels.adam(
      parameters.address,
      gradients.address,
      firstMoment.address,
      secondMoment.address,
      parameters.view.byteLength,
      adamStepSize(batch.learningRate, batch.iteration),
    );
  }

  /** Bias, and normalisation by the moving statistics as scale and shift, as the weights are now. */
  function foldNormalisation(): void {
    const floats = vectors.parameters.view;
    network.inference.forEach(({ units, view }, index) => {
      const start = ((layers[index] as (typeof layers)[number]).parameters - vectors.parameters.address) / 4;
      view.set(floats.subarray(start, start + units));
      const layer = hidden[index];
      if (layer === undefined) return;
      const moving = (layer.moving - vectors.statistics.address) / 4;
      for (let unit = 0; unit < units; unit++) {
        const mean = vectors.statistics.view[moving + unit] as number;
        const variance = vectors.statistics.view[moving + units + unit] as number;
        const scale = (floats[start + units + unit] as number) / Math.sqrt(variance + BATCH_NORMALISATION.epsilon);
        view[units + unit] = scale;
        view[2 * units + unit] = (floats[start + 2 * units + unit] as number) - mean * scale;
      }
    });
  }

  function takeSums() {
    const [loss, correct] = sums.view as unknown as [number, number];
    sums.view.fill(0);
    return { loss, correct };
  }

  function validate() {
    foldNormalisation();
    const count = data.validation.labels.length;
    const all = Uint32Array.from({ length: count }, (_, row) => row);
    for (let start = 0; start < count; start += batchSize) {
      const chosen = all.subarray(start, start + batchSize);
      const rows = placeBatch(data.validation, chosen);
      inferLogits(kernels, network.inference, input.address, packed, rows);
      addLoss(chosen.length, rows);
    }
    return takeSums();
  }

  function read({ view, layout }: FusedVector): Float32Array {
    const flat = new Float32Array(flatSize(layout.map(({ variable }) => variable)));
    fromPanels(view, layout, flat);
    return flat;
  }

  return {
    load(state) {
      for (const name of ['parameters', 'statistics', 'firstMoment', 'secondMoment'] as const) {
        toPanels(state[name], vectors[name].layout, vectors[name].view);
      }
    },
    save: () => ({
      parameters: read(vectors.parameters),
      statistics: read(vectors.statistics),
      firstMoment: read(vectors.firstMoment),
      secondMoment: read(vectors.secondMoment),
    }),
    trainBatch,
    takeSums,
    validate,
    dispose: () => undefined, // the memory goes with the instance
  };
}
