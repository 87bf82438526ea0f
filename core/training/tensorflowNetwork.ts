import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { BATCH_NORMALISATION } from './network.js';
import type { Variable } from './network.js';
import type { TensorFlow } from './tensorflow.js';

/** The network as TensorFlow.js computes it: what the engine steps, validates and differentiates. */

/** A flat vector cut into tensors of the variables' shapes. */
export function cutFlat(tf: TensorFlow, flat: Float32Array, variables: readonly Variable[]): Tensor[] {
  return variables.map(({ offset, size, shape }) => tf.tensor(flat.slice(offset, offset + size), shape));
}

/** The way back, on the device. */
export function joinFlat(tf: TensorFlow, tensors: readonly Tensor[]): Tensor1D {
  if (tensors.length === 0) return tf.tensor1d([]);
  return tf.concat1d(tensors.map((tensor): Tensor1D => tf.reshape(tensor, [tensor.size])));
}

/** What training and inference do differently with the values behind the relu of a hidden layer. */
export type NormaliseLayer = (active: Tensor2D, layer: number, gamma: Tensor, beta: Tensor) => Tensor2D;

/**
 * The logits of a batch.
 *
 * @param variables kernel, bias, gamma, beta of each hidden layer, then kernel, bias of the output
 */
export function logitsOf(
  tf: TensorFlow,
  input: Tensor2D,
  variables: readonly Tensor[],
  normaliseLayer: NormaliseLayer,
): Tensor2D {
  const dense = (values: Tensor2D, first: number): Tensor2D =>
    tf.add(tf.matMul(values, variables[first] as Tensor2D), variables[first + 1] as Tensor);
  let values = input;
  const output = variables.length - 2;
  for (let first = 0; first < output; first += 4) {
    const [gamma, beta] = [variables[first + 2] as Tensor, variables[first + 3] as Tensor];
    values = normaliseLayer(tf.relu(dense(values, first)), first / 4, gamma, beta);
  }
  return dense(values, output);
}

/** Batch normalisation with the statistics given. */
export function normalise(
  tf: TensorFlow,
  values: Tensor2D,
  mean: Tensor,
  variance: Tensor,
  gamma: Tensor,
  beta: Tensor,
): Tensor2D {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, BATCH_NORMALISATION.epsilon)));
  return tf.add(tf.mul(tf.sub(values, mean), scale), beta);
}

/**
 * Mean cross-entropy of a batch.
 *
 * @param smoothing share of a target that is spread over all classes
 * @param classWeights what each class weighs; all the same when left out
 */
export function meanCrossEntropy(
  tf: TensorFlow,
  logits: Tensor2D,
  labels: Tensor1D,
  smoothing: number,
  classWeights?: Tensor1D,
): Scalar {
  const targets = tf.oneHot(labels, logits.shape[1]);
  if (classWeights === undefined) return tf.losses.softmaxCrossEntropy(targets, logits, undefined, smoothing);
  const each = tf.losses.softmaxCrossEntropy(targets, logits, undefined, smoothing, tf.Reduction.NONE);
  return tf.mean(tf.mul(each, tf.gather(classWeights, labels)));
}

/** Summed cross-entropy and hits of a batch, as a pair. */
export function lossAndHits(tf: TensorFlow, logits: Tensor2D, labels: Tensor1D, meanLoss: Scalar): Tensor1D {
  const hits = tf.sum(tf.equal(tf.argMax(logits, 1), labels));
  return tf.stack([tf.mul(meanLoss, labels.size), tf.cast(hits, 'float32')]) as Tensor1D;
}
