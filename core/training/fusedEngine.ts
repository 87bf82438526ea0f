import type { TrainingParameters } from '../contracts/training.js';
import { adamStepSize } from './adam.js';
import type { BatchStep, Engine } from './fit.js';
import { layFusedNetwork } from './fusedNetwork.js';
import type { FusedLayer, FusedNetwork, FusedVector, FusedVectors } from './fusedNetwork.js';
import { lossWeights } from './lossWeights.js';
import { gatherRows, inferLogits } from './inference.js';
import { flatSize, foldNormalisation } from './network.js';
import type { NetworkShape } from './network.js';
import { fromPanels, padded, toPanels } from './panels.js';
import { PURPOSE, drawWords, dropThreshold } from './random.js';
import type { LabelledRows, TrainingData } from './trainer.js';
import type { OptimiserState } from './trainingState.js';

/** The engine on WebAssembly SIMD: a step is some thirty kernel calls on memory that was laid out once. */
export function createFusedEngine(shape: NetworkShape, data: TrainingData, parameters: TrainingParameters): Engine {
  const { seed, batchSize, labelSmoothing = 0, weightDecay = 0 } = parameters;
  const network = layFusedNetwork(shape, batchSize);
  const { kernels, hidden, output, input, labels, sums, vectors, pairs, ends, packed, evenWeights } = network;
  const layers: FusedLayer[] = [...hidden, output];
  const { buffer } = kernels.memory;
  const features = new Float32Array(buffer, input, padded(batchSize) * padded(shape.inputs));
  const batchLabels = new Int32Array(buffer, labels, batchSize);
  const lossAndHits = new Float64Array(buffer, sums, 2);
  const foldWeights = createFold(network);
  new Float32Array(buffer, evenWeights, shape.classes).fill(1);
  new Float32Array(buffer, network.classWeights, shape.classes).set(lossWeights(data, parameters));

  /** @returns the rows the kernels go through: those of the batch, and zeros up to a multiple of 8 */
  function placeBatch(part: LabelledRows, chosen: Uint32Array): number {
    const rows = padded(chosen.length);
    gatherRows(part.features, shape.inputs, chosen, features, rows);
    for (let row = 0; row < chosen.length; row++) batchLabels[row] = part.labels[chosen[row] as number] as number;
    return rows;
  }

  function forward({ epoch, step }: BatchStep, count: number, rows: number): void {
    let values = input;
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
    addLoss(network.classWeights, count, rows);
  }

  /** Softmax of the logits; their loss and hits go to the sums. */
  function addLoss(weights: number, count: number, rows: number): void {
    const { values, parameters: bias, units } = output;
    const { classes } = shape;
    kernels.softmaxCrossEntropy(values, bias, labels, weights, labelSmoothing, sums, count, rows, units, classes);
  }

  function backward(count: number, rows: number): void {
    const { values, gradient: logitGradient, gradients: biasGradient, units: outputs } = output;
    const { classWeights } = network;
    const { classes } = shape;
    kernels.outputBackward(
      values,
      labels,
      classWeights,
      labelSmoothing,
      logitGradient,
      biasGradient,
      count,
      rows,
      outputs,
      classes,
    );
    for (let index = layers.length - 1; index >= 0; index--) {
      const { gradient, kernel, kernelGradient, inputs, units } = layers[index] as FusedLayer;
      const below = hidden[index - 1];
      kernels.listColumns(gradient, pairs, ends, count, rows, units);
      kernels.multiplySparse(pairs, ends, below?.output ?? input, kernelGradient, rows, units, inputs);
      if (below === undefined) continue;
      kernels.listRows(gradient, pairs, ends, count, rows, units);
      kernels.multiplySparse(pairs, ends, kernel, below.gradient, units, rows, inputs);
      const { parameters, gradients, batch, values, dropoutRate } = below;
      const kept = 1 / (1 - dropoutRate);
      kernels.hiddenBackward(below.gradient, values, parameters, gradients, batch, kept, count, rows, below.units);
    }
  }

  function decay(learningRate: number): void {
    if (weightDecay === 0) return;
    for (const { kernel, inputs, units } of layers) {
      kernels.shrink(kernel, inputs * units * Float32Array.BYTES_PER_ELEMENT, 1 - learningRate * weightDecay);
    }
  }

  function takeSums() {
    const [loss, correct] = lossAndHits as unknown as [number, number];
    lossAndHits.fill(0);
    return { loss, correct };
  }

  return {
    load: (state) => writeState(buffer, vectors, state),
    save: () => readState(buffer, vectors),
    trainBatch(batch) {
      const count = batch.rows.length;
      const rows = placeBatch(data.train, batch.rows);
      forward(batch, count, rows);
      backward(count, rows);
      decay(batch.learningRate);
      const { parameters, gradients, firstMoment, secondMoment } = vectors;
      const stepSize = adamStepSize(batch.learningRate, batch.iteration);
      const bytes = parameters.length * Float32Array.BYTES_PER_ELEMENT;
      kernels.adam(parameters.address, gradients.address, firstMoment.address, secondMoment.address, bytes, stepSize);
    },
    takeSums,
    validate() {
      foldWeights();
      const all = Uint32Array.from(data.validation.labels.keys());
      for (let start = 0; start < all.length; start += batchSize) {
        const chosen = all.subarray(start, start + batchSize);
        const rows = placeBatch(data.validation, chosen);
        inferLogits(kernels, network.inference, input, packed, rows);
        addLoss(evenWeights, chosen.length, rows);
      }
      return takeSums();
    },
    dispose: () => undefined, // the memory goes with the instance
  };
}

/** Makes of bias, normalisation and moving statistics, as they are now, what a layer in use takes. */
function createFold({ kernels, hidden, inference }: FusedNetwork): () => void {
  const floats = (address: number, count: number) => new Float32Array(kernels.memory.buffer, address, count);
  const layers = hidden.map(({ parameters, moving, units }, index) => ({
    units,
    parameters: floats(parameters, 3 * units),
    moving: floats(moving, 2 * units),
    folded: floats((inference[index] as FusedNetwork['inference'][number]).parameters, 3 * units),
  }));
  return () => {
    for (const { units, parameters, moving, folded } of layers) {
      const part = (vector: Float32Array, index: number) => vector.subarray(index * units, (index + 1) * units);
      folded.set(part(parameters, 0));
      foldNormalisation(
        { gamma: part(parameters, 1), beta: part(parameters, 2), mean: part(moving, 0), variance: part(moving, 1) },
        part(folded, 1),
        part(folded, 2),
      );
    }
  };
}

const STATE_VECTORS = ['parameters', 'statistics', 'firstMoment', 'secondMoment'] as const;

function writeState(buffer: ArrayBuffer, vectors: FusedVectors, state: OptimiserState): void {
  for (const name of STATE_VECTORS) {
    const { address, length, layout } = vectors[name];
    toPanels(state[name], layout, new Float32Array(buffer, address, length));
  }
}

function readState(buffer: ArrayBuffer, vectors: FusedVectors): OptimiserState {
  const read = ({ address, length, layout }: FusedVector) => {
    const flat = new Float32Array(flatSize(layout.map(({ variable }) => variable)));
    fromPanels(new Float32Array(buffer, address, length), layout, flat);
    return flat;
  };
  return {
    parameters: read(vectors.parameters),
    statistics: read(vectors.statistics),
    firstMoment: read(vectors.firstMoment),
    secondMoment: read(vectors.secondMoment),
  };
}
