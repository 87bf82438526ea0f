import type { AverageScores, ClassScores, Metrics } from '../contracts/training.js';

/** As scikit-learn clips probabilities before it takes their logarithm. */
const SMALLEST_PROBABILITY = Number.EPSILON;

/** The most probable class of each row; the first of equals. */
export function predictedClasses(probabilities: ArrayLike<number>, classes: number): Int32Array {
  const predicted = new Int32Array(probabilities.length / classes);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    for (let label = 1; label < classes; label++) {
      if ((probabilities[row * classes + label] as number) > (probabilities[row * classes + best] as number)) {
        best = label;
      }
    }
    predicted[row] = best;
  }
  return predicted;
}

/** Rows are true classes, columns predicted ones. */
function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < truth.length; row++) {
    const counts = confusion[truth[row] as number] as number[];
    counts[predicted[row] as number] = (counts[predicted[row] as number] as number) + 1;
  }
  return confusion;
}

/** Mean negative logarithm of the probability given to the true class. */
function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    const probability = probabilities[row * classes + (truth[row] as number)] as number;
    sum -= Math.log(Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability)));
  }
  return ratio(sum, truth.length);
}

/** A share of nothing is 0, as with scikit-learn's `zero_division=0`. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function scoresOfClass(confusion: number[][], index: number, label: string): ClassScores {
  const row = confusion[index] as number[];
  const right = row[index] as number;
  const support = row.reduce((sum, count) => sum + count, 0);
  const predicted = confusion.reduce((sum, counts) => sum + (counts[index] as number), 0);
  return {
    label,
    precision: ratio(right, predicted),
    recall: ratio(right, support),
    f1: ratio(2 * right, predicted + support),
    support,
  };
}

function average(perClass: ClassScores[], weightOf: (scores: ClassScores) => number): AverageScores {
  const total = perClass.reduce((sum, scores) => sum + weightOf(scores), 0);
  const mean = (measure: 'precision' | 'recall' | 'f1') =>
    ratio(
      perClass.reduce((sum, scores) => sum + scores[measure] * weightOf(scores), 0),
      total,
    );
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

/**
 * Compares probabilities with the truth, by scikit-learn's definitions. Macro averages run over all labels, also those
 * that occur nowhere; balanced accuracy over those that occur in the truth.
 *
 * @param truth n indices into `labels`
 * @param probabilities n x labels, row by row
 */
export function computeMetrics(
  labels: readonly string[],
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): Metrics {
  const confusion = confusionMatrix(truth, predictedClasses(probabilities, labels.length), labels.length);
  const perClass = labels.map((label, index) => scoresOfClass(confusion, index, label));
  const right = confusion.reduce((sum, row, index) => sum + (row[index] as number), 0);
  return {
    labels: [...labels],
    accuracy: ratio(right, truth.length),
    balancedAccuracy: average(perClass, (scores) => (scores.support > 0 ? 1 : 0)).recall,
    logLoss: logLoss(truth, probabilities, labels.length),
    macro: average(perClass, () => 1),
    weighted: average(perClass, (scores) => scores.support),
    perClass,
    confusion,
    count: truth.length,
  };
}
