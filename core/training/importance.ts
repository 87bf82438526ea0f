import type { GroupImportance } from '../contracts/training.js';
import { predictedClasses } from './metrics.js';
import type { Predictor } from './predictor.js';
import { batchOrder } from './random.js';

const REPETITIONS = 5;
const SEED = 0;

/**
 * How much a model leans on each group of features: the accuracy that is lost when the group's columns are shuffled among
 * the rows, all of them alike, so that they keep what they say of one another and lose what they say of the label
 * (Breiman, "Random Forests", 2001; scikit-learn's `permutation_importance`). The shuffles are always the same.
 *
 * Groups that say the same are each found dispensable; the drops need not add up.
 *
 * @param rows count x columns, as extracted, row by row
 * @param classes the true class of each row
 * @returns one entry a group, in the order of the columns
 */
export function groupImportance(
  predict: Predictor,
  columns: readonly string[],
  labels: number,
  rows: Float64Array,
  classes: Int32Array,
): GroupImportance[] {
  const count = classes.length;
  const accuracy = accuracyOf(predict(rows, count), labels, classes);
  return columnGroups(columns).map(({ group, indices }, position) => {
    const drops = Array.from({ length: REPETITIONS }, (_, repetition) => {
      const order = batchOrder(SEED, 1 + position * REPETITIONS + repetition, count);
      return accuracy - accuracyOf(predict(withShuffled(rows, columns.length, indices, order), count), labels, classes);
    });
    const mean = drops.reduce((sum, drop) => sum + drop, 0) / REPETITIONS;
    const variance = drops.reduce((sum, drop) => sum + (drop - mean) ** 2, 0) / (REPETITIONS - 1);
    return { group, columns: indices.length, accuracyDrop: mean, deviation: Math.sqrt(variance) };
  });
}

/** `mfcc_0` ... `mfcc_39` are one group, `zcr` is one by itself; what is told of a column (`mfcc_3:mean`) belongs to it. */
function columnGroups(columns: readonly string[]): { group: string; indices: number[] }[] {
  const groups = new Map<string, number[]>();
  columns.forEach((column, index) => {
    const group = column.replace(/(_\d+)?(:.*)?$/, '');
    groups.set(group, [...(groups.get(group) ?? []), index]);
  });
  return [...groups].map(([group, indices]) => ({ group, indices }));
}

function withShuffled(rows: Float64Array, width: number, indices: readonly number[], order: Uint32Array): Float64Array {
  const shuffled = rows.slice();
  order.forEach((from, to) => {
    for (const index of indices) shuffled[to * width + index] = rows[from * width + index]!;
  });
  return shuffled;
}

function accuracyOf(probabilities: ArrayLike<number>, labels: number, classes: Int32Array): number {
  const predicted = predictedClasses(probabilities, labels);
  return classes.reduce((right, label, row) => right + (predicted[row] === label ? 1 : 0), 0) / classes.length;
}
