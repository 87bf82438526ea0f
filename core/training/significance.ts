import { philox } from './random.js';

/** Paired answers of two models to the same recordings: indices of labels. */
export type PairedAnswers = {
  truth: ArrayLike<number>;
  first: ArrayLike<number>;
  second: ArrayLike<number>;
};

/** How often exactly one of two models is right. */
export type Disagreement = { onlyFirst: number; onlySecond: number };

export function countDisagreement({ truth, first, second }: PairedAnswers): Disagreement {
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let row = 0; row < truth.length; row++) {
    const firstIsRight = first[row] === truth[row];
    const secondIsRight = second[row] === truth[row];
    if (firstIsRight && !secondIsRight) onlyFirst += 1;
    if (secondIsRight && !firstIsRight) onlySecond += 1;
  }
  return { onlyFirst, onlySecond };
}

/**
 * Macro F1 over the labels that occur in the truth.
 *
 * @param rows which recordings count, repetitions included; all of them when left out
 */
export function macroF1(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  labels: number,
  rows?: ArrayLike<number>,
): number {
  const right = new Uint32Array(labels);
  const actual = new Uint32Array(labels);
  const answered = new Uint32Array(labels);
  for (let index = 0; index < (rows ?? truth).length; index++) {
    const row = rows === undefined ? index : rows[index]!;
    const label = truth[row]!;
    const answer = predicted[row]!;
    actual[label]! += 1;
    answered[answer]! += 1;
    if (label === answer) right[label]! += 1;
  }
  let sum = 0;
  let occurring = 0;
  for (let label = 0; label < labels; label++) {
    if (actual[label] === 0) continue;
    occurring += 1;
    sum += (2 * right[label]!) / (actual[label]! + answered[label]!);
  }
  return occurring === 0 ? 0 : sum / occurring;
}

export type BootstrapOptions = { resamples?: number; seed?: number; confidence?: number };

/**
 * By how much the macro F1 of the second model is above that of the first, with a percentile interval over resampled
 * recordings (Efron 1979; both models answer the same resample, so what is hard for both cancels).
 */
export function bootstrapDifference(
  answers: PairedAnswers,
  labels: number,
  { resamples = 2000, seed = 0, confidence = 0.95 }: BootstrapOptions = {},
): { difference: number; low: number; high: number } {
  const { truth, first, second } = answers;
  const between = (rows?: ArrayLike<number>) =>
    macroF1(truth, second, labels, rows) - macroF1(truth, first, labels, rows);
  const differences = Float64Array.from({ length: resamples }, (_, resample) =>
    between(drawRows(truth.length, seed, resample)),
  ).sort();
  const outside = (1 - confidence) / 2;
  return { difference: between(), low: quantile(differences, outside), high: quantile(differences, 1 - outside) };
}

/** As many rows as there are, drawn with replacement: a pure function of seed and number of the resample. */
function drawRows(count: number, seed: number, resample: number): Uint32Array {
  const rows = new Uint32Array(count);
  const counter = new Uint32Array(4);
  for (let start = 0; start < count; start += 4) {
    counter.set([start / 4, resample, 0, 0]);
    philox(counter, seed >>> 0, 0);
    for (let lane = 0; lane < 4 && start + lane < count; lane++) {
      rows[start + lane] = Math.floor((counter[lane]! * count) / 2 ** 32);
    }
  }
  return rows;
}

/** Of ascending values, linear between neighbours. */
function quantile(values: Float64Array, share: number): number {
  const place = share * (values.length - 1);
  const below = values[Math.floor(place)] ?? 0;
  const above = values[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}
