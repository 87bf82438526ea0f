import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainingParameters } from '../contracts/training.js';
import { ADAM, adamStepSize } from './adam.js';
import type { BatchStep, Engine, LossSums } from './fit.js';
import { lossWeights } from './lossWeights.js';
import { BATCH_NORMALISATION, statisticVariables, trainableVariables } from './network.js';
import type { NetworkShape, Variable } from './network.js';
import { dropoutMask } from './random.js';
import type { TensorFlow } from './tensorflow.js';
import { cutFlat, joinFlat, logitsOf, lossAndHits, meanCrossEntropy, normalise } from './tensorflowNetwork.js';
import type { LabelledRows, TrainingData } from './trainer.js';

/** Everything that lives on the device from one step to the next; moments as flat vectors, for Adam in few operations. */
type DeviceState = {
  parameters: Tensor[];
  statistics: Tensor[];
  firstMoment: Tensor1D;
  secondMoment: Tensor1D;
  /** Loss and hits since they were last taken. */
  sums: Tensor1D;
};

/** The engine on TensorFlow.js: gradients by its own differentiation; dropout, batch order and Adam are ours. */
export function createTensorFlowEngine(
  tf: TensorFlow,
  shape: NetworkShape,
  data: TrainingData,
  parameters: TrainingParameters,
): Engine {
  const { seed, labelSmoothing = 0, weightDecay = 0 } = parameters;
  const trainable = trainableVariables(shape);
  const moving = statisticVariables(shape);
  const train = placeRows(tf, data.train, shape.inputs);
  const validation = placeRows(tf, data.validation, shape.inputs);
  const weights = parameters.classWeights && tf.tensor1d(lossWeights(data, parameters));
  let state: DeviceState | undefined;

  function loaded(): DeviceState {
    if (state === undefined) throw new Error('an engine is loaded before it is used');
    return state;
  }

  /** Makes a state of kept tensors the current one and frees what only the old one held. */
  function replaceState(next: DeviceState | undefined): void {
    const keep = new Set(next === undefined ? [] : tensorsOf(next));
    for (const tensor of keep) tf.keep(tensor);
    if (state !== undefined) tf.dispose(tensorsOf(state).filter((tensor) => !keep.has(tensor)));
    state = next;
  }

  /** Gradients of a batch, and what else the way forward finds out. */
  function differentiate({ rows, epoch, step }: BatchStep, trainables: Tensor[]) {
    const indices = tf.tensor1d(Int32Array.from(rows), 'int32');
    const features = tf.gather(train.features, indices);
    const labels = tf.gather(train.labels, indices);
    const masks = shape.layers.map(({ units, dropout }, layer) =>
      tf.tensor2d(dropoutMask({ seed, layer, epoch, step }, dropout, rows.length, units), [rows.length, units]),
    );
    const statistics: Tensor[] = [];
    const found: { sums?: Tensor1D } = {};
    // Inner results have to be kept: differentiation tidies up behind the loss.
    const loss = (...variables: Tensor[]): Scalar => {
      const logits = logitsOf(tf, features, variables, (active, layer, gamma, beta) => {
        const dropped: Tensor2D = tf.mul(active, masks[layer] as Tensor2D);
        const { mean, variance } = tf.moments(dropped, 0);
        statistics.push(tf.keep(mean), tf.keep(variance));
        return normalise(tf, dropped, mean, variance, gamma, beta);
      });
      const value = meanCrossEntropy(tf, logits, labels, labelSmoothing, weights);
      found.sums = tf.keep(lossAndHits(tf, logits, labels, value));
      return value;
    };
    const { grads } = tf.valueAndGrads(loss)(trainables);
    return { gradient: joinFlat(tf, grads), statistics, sums: found.sums as Tensor1D };
  }

  /** Adam as Keras has it, on flat vectors. */
  function adam(gradient: Tensor1D, { parameters, firstMoment, secondMoment }: DeviceState, stepSize: number) {
    const first: Tensor1D = tf.add(firstMoment, tf.mul(tf.sub(gradient, firstMoment), 1 - ADAM.beta1));
    const second: Tensor1D = tf.add(secondMoment, tf.mul(tf.sub(tf.square(gradient), secondMoment), 1 - ADAM.beta2));
    const update = tf.div(tf.mul(first, stepSize), tf.add(tf.sqrt(second), ADAM.epsilon));
    const sizes = trainable.map(({ size }) => size);
    const parts = tf.split(tf.sub(joinFlat(tf, parameters), update), sizes);
    const updated = parts.map((part, index) => tf.reshape(part, (trainable[index] as Variable).shape));
    return { parameters: updated, firstMoment: first, secondMoment: second };
  }

  /** Kernels shrunk by the weight decay of a step. */
  function decayed(before: DeviceState, learningRate: number): DeviceState {
    if (weightDecay === 0) return before;
    const shrunk = before.parameters.map((tensor, index) =>
      trainable[index]?.name === 'kernel' ? tf.mul(tensor, 1 - learningRate * weightDecay) : tensor,
    );
    return { ...before, parameters: shrunk };
  }

  function trainBatch(batch: BatchStep): void {
    tf.tidy(() => {
      const before = loaded();
      const { gradient, statistics, sums } = differentiate(batch, before.parameters);
      const { momentum } = BATCH_NORMALISATION;
      const after = {
        ...adam(gradient, decayed(before, batch.learningRate), adamStepSize(batch.learningRate, batch.iteration)),
        statistics: before.statistics.map((old, index) =>
          tf.add(tf.mul(old, momentum), tf.mul(statistics[index] as Tensor, 1 - momentum)),
        ),
        sums: tf.add<Tensor1D>(before.sums, sums),
      };
      tf.dispose([...statistics, sums]);
      replaceState(after);
    });
  }

  function validate(): LossSums {
    const { parameters: trained, statistics } = loaded();
    return tf.tidy(() => {
      const logits = logitsOf(tf, validation.features, trained, (active, layer, gamma, beta) => {
        const [mean, variance] = [statistics[2 * layer] as Tensor, statistics[2 * layer + 1] as Tensor];
        return normalise(tf, active, mean, variance, gamma, beta);
      });
      const meanLoss = meanCrossEntropy(tf, logits, validation.labels, labelSmoothing);
      return readSums(lossAndHits(tf, logits, validation.labels, meanLoss));
    });
  }

  return {
    load({ parameters, statistics, firstMoment, secondMoment }) {
      replaceState({
        parameters: cutFlat(tf, parameters, trainable),
        statistics: cutFlat(tf, statistics, moving),
        firstMoment: tf.tensor1d(firstMoment),
        secondMoment: tf.tensor1d(secondMoment),
        sums: tf.tensor1d([0, 0]),
      });
    },
    save() {
      const { parameters, statistics, firstMoment, secondMoment } = loaded();
      const read = (tensor: Tensor) => Float32Array.from(tensor.dataSync());
      return tf.tidy(() => ({
        parameters: read(joinFlat(tf, parameters)),
        statistics: read(joinFlat(tf, statistics)),
        firstMoment: read(firstMoment),
        secondMoment: read(secondMoment),
      }));
    },
    trainBatch,
    takeSums() {
      const taken = readSums(loaded().sums);
      replaceState({ ...loaded(), sums: tf.tensor1d([0, 0]) });
      return taken;
    },
    validate,
    dispose() {
      replaceState(undefined);
      tf.dispose([train.features, train.labels, validation.features, validation.labels]);
      weights?.dispose();
    },
  };
}

function placeRows(tf: TensorFlow, { features, labels }: LabelledRows, inputs: number) {
  return { features: tf.tensor2d(features, [labels.length, inputs]), labels: tf.tensor1d(labels, 'int32') };
}

function tensorsOf({ parameters, statistics, firstMoment, secondMoment, sums }: DeviceState): Tensor[] {
  return [...parameters, ...statistics, firstMoment, secondMoment, sums];
}

function readSums(sums: Tensor): LossSums {
  const [loss = 0, correct = 0] = sums.dataSync();
  return { loss, correct };
}
