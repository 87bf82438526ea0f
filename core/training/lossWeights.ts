import type { TrainingParameters } from '../contracts/training.js';
import type { TrainingData } from './trainer.js';

/** What each class weighs in the loss of the training part, as Keras's `class_weight`. */
export function lossWeights({ train, classes }: TrainingData, { classWeights }: TrainingParameters): Float32Array {
  return classWeights === 'balanced' ? balancedWeights(train.labels, classes) : new Float32Array(classes).fill(1);
}

/**
 * Weights under which every class counts alike: rows / (classes that occur x rows of the class), scikit-learn's
 * `compute_class_weight('balanced')`. A class that does not occur has weight 0.
 */
export function balancedWeights(labels: Int32Array, classes: number): Float32Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const occurring = counts.filter((count) => count > 0).length;
  return Float32Array.from(counts, (count) => (count === 0 ? 0 : labels.length / (occurring * count)));
}
