import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainingParameters } from '../contracts/training.js';
import { ADAM, adamStepSize } from './adam.js';
import type { BatchStep, Engine, LossSums } from './fit.js';
import { BATCH_NORMALISATION, statisticVariables, trainableVariables } from './network.js';
import type { NetworkShape, Variable } from './network.js';
import { dropoutMask } from './random.js';
import type { TensorFlow } from './tensorflow.js';
import type { LabelledRows, TrainingData } from './trainer.js';
import type { OptimiserState } from './trainingState.js';

/** The engine on TensorFlow.js: gradients by its own differentiation; dropout, batch order and Adam are ours. */
export function createTensorFlowEngine(
  tf: TensorFlow,
  shape: NetworkShape,
  data: TrainingData,
  { seed }: TrainingParameters,
): Engine {
  const trainable = trainableVariables(shape);
  const moving = statisticVariables(shape);
  const depth = shape.layers.length;
  tf.engine().startScope();
  const train = place(data.train);
  const validation = place(data.validation);
  let parameters: Tensor[] = [];
  let statistics: Tensor[] = [];
  let firstMoment = tf.tensor1d([]);
  let secondMoment = tf.tensor1d([]);
  let sums = tf.tensor1d([0, 0]);

  function place({ features, labels }: LabelledRows): { features: Tensor2D; labels: Tensor1D } {
    return {
      features: tf.tensor2d(features, [labels.length, shape.inputs]),
      labels: tf.tensor1d(labels, 'int32'),
    };
  }

  /** Puts new tensors in the place of old ones and frees those. */
  function replace<T extends Tensor | Tensor[]>(old: T, next: T): T {
    tf.dispose(old);
    for (const tensor of Array.isArray(next) ? next : [next]) tf.keep(tensor);
    return next;
  }

  function tensorsOf(flat: Float32Array, variables: Variable[]): Tensor[] {
    return variables.map(({ offset, size, shape: lengths }) => tf.tensor(flat.slice(offset, offset + size), lengths));
  }

  function flatten(tensors: Tensor[]): Tensor1D {
    if (tensors.length === 0) return tf.zeros([0]);
    return tf.concat1d(tensors.map((tensor): Tensor1D => tf.reshape(tensor, [tensor.size])));
  }

  function normalise(input: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor): Tensor {
    const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, BATCH_NORMALISATION.epsilon)));
    return tf.add(tf.mul(tf.sub(input, mean), scale), beta);
  }

  function dense(input: Tensor, [kernel, bias]: Tensor[]): Tensor {
    return tf.add(tf.matMul(input as Tensor2D, kernel as Tensor2D), bias as Tensor);
  }

  /** The network up to its logits; `normaliseLayer` stands for what training and inference do differently. */
  function forward(
    input: Tensor,
    weights: Tensor[],
    normaliseLayer: (active: Tensor, layer: number, gamma: Tensor, beta: Tensor) => Tensor,
  ): Tensor2D {
    let signal = input;
    for (let layer = 0; layer < depth; layer++) {
      const [kernel, bias, gamma, beta] = weights.slice(4 * layer, 4 * layer + 4) as [Tensor, Tensor, Tensor, Tensor];
      signal = normaliseLayer(tf.relu(dense(signal, [kernel, bias])), layer, gamma, beta);
    }
    return dense(signal, weights.slice(4 * depth)) as Tensor2D;
  }

  function lossSums(logits: Tensor2D, labels: Tensor1D, meanLoss: Scalar): Tensor1D {
    const hits = tf.sum(tf.equal(tf.argMax(logits, 1), labels));
    return tf.stack([tf.mul(meanLoss, labels.size), tf.cast(hits, 'float32')]) as Tensor1D;
  }

  function meanCrossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
    return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, shape.classes), logits);
  }

  /** Gradients of a batch, and what else the forward pass finds out: new moving statistics, loss and hits. */
  function differentiate({ rows, epoch, step }: BatchStep) {
    const indices = tf.tensor1d(Int32Array.from(rows), 'int32');
    const features = tf.gather(train.features, indices);
    const labels = tf.gather(train.labels, indices);
    const masks = shape.layers.map(({ units, dropout }, layer) =>
      tf.tensor2d(dropoutMask({ seed, layer, epoch, step }, dropout, rows.length, units), [rows.length, units]),
    );
    const batchStatistics: Tensor[] = [];
    let logits: Tensor2D | undefined;
    const loss = (...weights: Tensor[]): Scalar => {
      logits = tf.keep(
        forward(features, weights, (active, layer, gamma, beta) => {
          const kept = tf.mul(active, masks[layer] as Tensor);
          const { mean, variance } = tf.moments(kept, 0);
          batchStatistics.push(tf.keep(mean), tf.keep(variance));
          return normalise(kept, mean, variance, gamma, beta);
        }),
      );
      return meanCrossEntropy(logits, labels);
    };
    const { value, grads } = tf.valueAndGrads(loss)(parameters);
    return { grads, batchStatistics, batchSums: lossSums(logits as Tensor2D, labels, value), logits };
  }

  function trainBatch(batch: BatchStep): void {
    tf.engine().startScope();
    const { grads, batchStatistics, batchSums, logits } = differentiate(batch);
    const gradient = flatten(grads);
    const first: Tensor1D = tf.add(firstMoment, tf.mul(tf.sub(gradient, firstMoment), 1 - ADAM.beta1));
    const second: Tensor1D = tf.add(secondMoment, tf.mul(tf.sub(tf.square(gradient), secondMoment), 1 - ADAM.beta2));
    const stepSize = adamStepSize(batch.learningRate, batch.iteration);
    const update = tf.div(tf.mul(first, stepSize), tf.add(tf.sqrt(second), ADAM.epsilon));
    const updated = tf.split(
      tf.sub(flatten(parameters), update),
      trainable.map(({ size }) => size),
    );
    const { momentum } = BATCH_NORMALISATION;
    statistics = replace(
      statistics,
      statistics.map((old, index) =>
        tf.add(tf.mul(old, momentum), tf.mul(batchStatistics[index] as Tensor, 1 - momentum)),
      ),
    );
    parameters = replace(
      parameters,
      updated.map((flat, index) => tf.reshape(flat, (trainable[index] as Variable).shape)),
    );
    firstMoment = replace(firstMoment, first);
    secondMoment = replace(secondMoment, second);
    sums = replace(sums, tf.add(sums, batchSums));
    tf.dispose([...batchStatistics, logits]);
    tf.engine().endScope();
  }

  function sumsOf(tensor: Tensor): LossSums {
    const [loss = 0, correct = 0] = tensor.dataSync();
    return { loss, correct };
  }

  return {
    load(state) {
      parameters = replace(parameters, tensorsOf(state.parameters, trainable));
      statistics = replace(statistics, tensorsOf(state.statistics, moving));
      firstMoment = replace(firstMoment, tf.tensor1d(state.firstMoment));
      secondMoment = replace(secondMoment, tf.tensor1d(state.secondMoment));
    },
    save(): OptimiserState {
      const read = (tensor: Tensor) => Float32Array.from(tensor.dataSync());
      return tf.tidy(() => ({
        parameters: read(flatten(parameters)),
        statistics: read(flatten(statistics)),
        firstMoment: read(firstMoment),
        secondMoment: read(secondMoment),
      }));
    },
    trainBatch,
    takeSums() {
      const taken = sumsOf(sums);
      sums = replace(sums, tf.zeros([2]));
      return taken;
    },
    validate() {
      return tf.tidy(() => {
        const logits = forward(validation.features, parameters, (active, layer, gamma, beta) =>
          normalise(active, statistics[2 * layer] as Tensor, statistics[2 * layer + 1] as Tensor, gamma, beta),
        );
        return sumsOf(lossSums(logits, validation.labels, meanCrossEntropy(logits, validation.labels)));
      });
    },
    dispose() {
      tf.dispose([...parameters, ...statistics, firstMoment, secondMoment, sums]);
      tf.engine().endScope();
    },
  };
}
