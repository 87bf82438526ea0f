import type { TestedUtterance } from '../contracts/report.js';
import { calibrationBin, CALIBRATION_BINS, confidenceOf, isRight } from './calibration.js';

export const SCORES = [
  'accuracy',
  'balancedAccuracy',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'weightedPrecision',
  'weightedRecall',
  'weightedF1',
  'logLoss',
  'expectedCalibrationError',
] as const;

export type Score = (typeof SCORES)[number];

/** Every score of some answers, by scikit-learn's definitions. */
export type Scores = Record<Score, number> & Record<'precision' | 'recall' | 'f1', number[]>;

const SMALLEST_PROBABILITY = Number.EPSILON;

/** The scores of answers themselves. */
export function scoresOf(tested: readonly TestedUtterance[], labels: readonly string[], averaged = labels): Scores {
  const rows = Uint32Array.from(tested.keys());
  return scoresOfRows(outcomesOf(tested, labels), rows, labels.length, classesOf(labels, averaged));
}

/** Answers by class index, an array for each thing there is to know. */
export type Outcomes = {
  truth: Int32Array;
  predicted: Int32Array;
  loss: Float64Array;
  /** By how much the confidence is above being right. */
  gap: Float64Array;
  bin: Uint8Array;
};
export function classesOf(labels: readonly string[], averaged: readonly string[]): number[] {
  return [...labels.keys()].filter((label) => averaged.includes(labels[label]!));
}

export function outcomesOf(tested: readonly TestedUtterance[], labels: readonly string[]): Outcomes {
  const truth = Int32Array.from(tested, ({ emotion }) => labels.indexOf(emotion));
  return {
    truth,
    predicted: Int32Array.from(tested, ({ predicted }) => labels.indexOf(predicted)),
    loss: Float64Array.from(tested, ({ probabilities }, row) => {
      const probability = probabilities[truth[row]!] ?? 0;
      return -Math.log(Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability)));
    }),
    gap: Float64Array.from(tested, (answer) => confidenceOf(answer) - (isRight(answer) ? 1 : 0)),
    bin: Uint8Array.from(tested, (answer) => calibrationBin(confidenceOf(answer))),
  };
}

/** The scores of some rows, repetitions included. @param averaged the classes that macro averages run over */
export function scoresOfRows(
  { truth, predicted, loss, gap, bin }: Outcomes,
  rows: Uint32Array,
  classes: number,
  averaged: readonly number[],
): Scores {
  const hits = new Float64Array(classes);
  const supports = new Float64Array(classes);
  const guesses = new Float64Array(classes);
  const gaps = new Float64Array(CALIBRATION_BINS);
  let lost = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    const label = truth[row]!;
    const answer = predicted[row]!;
    supports[label]! += 1;
    guesses[answer]! += 1;
    if (label === answer) hits[label]! += 1;
    gaps[bin[row]!]! += gap[row]!;
    lost += loss[row]!;
  }
  return { ...scoresOfCounts(hits, supports, guesses, averaged), ...lossOf(lost, gaps, rows.length) };
}

function lossOf(lost: number, gaps: Float64Array, count: number): Pick<Scores, 'logLoss' | 'expectedCalibrationError'> {
  const gap = gaps.reduce((sum, value) => sum + Math.abs(value), 0);
  return { logLoss: share(lost, count), expectedCalibrationError: share(gap, count) };
}

/** A share of nothing is 0, as with scikit-learn's `zero_division=0`. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function scoresOfCounts(
  hits: Float64Array,
  supports: Float64Array,
  guesses: Float64Array,
  averaged: readonly number[],
): Omit<Scores, 'logLoss' | 'expectedCalibrationError'> {
  const count = supports.reduce((sum, value) => sum + value, 0);
  const precision = Array.from(hits, (hit, label) => share(hit, guesses[label]!));
  const recall = Array.from(hits, (hit, label) => share(hit, supports[label]!));
  const f1 = Array.from(hits, (hit, label) => share(2 * hit, supports[label]! + guesses[label]!));
  const mean = (values: readonly number[], among: readonly number[]) =>
    share(
      among.reduce((sum, label) => sum + values[label]!, 0),
      among.length,
    );
  const weighted = (values: readonly number[]) =>
    share(
      values.reduce((sum, value, label) => sum + value * supports[label]!, 0),
      count,
    );
  const occurring = [...supports.keys()].filter((label) => supports[label]! > 0);
  return {
    accuracy: share(
      hits.reduce((sum, hit) => sum + hit, 0),
      count,
    ),
    balancedAccuracy: mean(recall, occurring),
    macroPrecision: mean(precision, averaged),
    macroRecall: mean(recall, averaged),
    macroF1: mean(f1, averaged),
    weightedPrecision: weighted(precision),
    weightedRecall: weighted(recall),
    weightedF1: weighted(f1),
    precision,
    recall,
    f1,
  };
}
