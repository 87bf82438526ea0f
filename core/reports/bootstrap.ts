import type { TestedUtterance } from '../contracts/report.js';
import { calibrationBin, CALIBRATION_BINS } from './calibration.js';
import { groupBy } from './groupBy.js';
import type { Interval } from './interval.js';

/** 95 % intervals of scores, and what was resampled to get them. */
export type ScoreIntervals = Record<Score, Interval> & {
  /** By class, in the order of the labels. */
  precision: Interval[];
  recall: Interval[];
  f1: Interval[];
  resamples: number;
  /** Corpora whose speakers were drawn, and those with too few speakers, whose recordings were. */
  bySpeaker: string[];
  byRecording: string[];
};

const SCORES = [
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

/** With fewer speakers a draw of them says little: two draws in three of two speakers hold one twice or leave one out. */
export const LEAST_SPEAKERS = 8;
const RESAMPLES = 2000;
const SEED = 0x5e2;
const SMALLEST_PROBABILITY = Number.EPSILON;

/**
 * Percentile intervals of the bootstrap (Efron, 1979). Recordings of one speaker resemble one another, so whole speakers
 * are drawn, corpus by corpus; in a corpus of too few speakers, single recordings, which makes its part of the interval
 * too narrow. The draws are always the same.
 *
 * @param averaged the labels that macro averages run over: all of them when left out
 */
export function bootstrapIntervals(
  tested: readonly TestedUtterance[],
  labels: readonly string[],
  averaged = labels,
): ScoreIntervals {
  const strata = strataOf(tested, (answer) => outcomeOf(answer, labels));
  const random = xorshift(SEED);
  const classes = classesOf(labels, averaged);
  const scores = Array.from({ length: RESAMPLES }, () =>
    scoresOfOutcomes(drawFrom(strata, random), labels.length, classes),
  );
  const interval = (pick: (score: Scores) => number) => percentiles(scores.map(pick));
  const byClass = (name: 'precision' | 'recall' | 'f1') =>
    labels.map((_, label) => interval((score) => score[name][label] ?? 0));
  const names = (kind: boolean) => strata.filter(({ bySpeaker }) => bySpeaker === kind).map(({ corpus }) => corpus);
  return {
    ...(Object.fromEntries(SCORES.map((name) => [name, interval((score) => score[name])])) as Record<Score, Interval>),
    precision: byClass('precision'),
    recall: byClass('recall'),
    f1: byClass('f1'),
    resamples: RESAMPLES,
    bySpeaker: names(true),
    byRecording: names(false),
  };
}

/** The scores of answers themselves. */
export function scoresOf(tested: readonly TestedUtterance[], labels: readonly string[], averaged = labels): Scores {
  const outcomes = tested.map((answer) => outcomeOf(answer, labels));
  return scoresOfOutcomes(outcomes, labels.length, classesOf(labels, averaged));
}

/** The interval of the accuracy alone; undefined where no corpus has speakers to draw. */
export function bootstrapAccuracy(tested: readonly TestedUtterance[]): Interval | undefined {
  const ordered = [...tested].sort((a, b) => (a.speaker + a.path < b.speaker + b.path ? -1 : 1));
  const strata = strataOf(ordered, ({ emotion, predicted }) => (emotion === predicted ? 1 : 0));
  if (!strata.some(({ bySpeaker }) => bySpeaker)) return undefined;
  const random = xorshift(SEED);
  return percentiles(
    Array.from({ length: RESAMPLES }, () => {
      const drawn = drawFrom<number>(strata, random);
      return drawn.reduce((sum, hit) => sum + hit, 0) / drawn.length;
    }),
  );
}

/** An answer by class index. */
type Outcome = { truth: number; predicted: number; loss: number; confidence: number; bin: number };
/** What is drawn together: the answers to one speaker, or one answer. */
type Stratum<Value> = { corpus: string; bySpeaker: boolean; units: Value[][] };

function classesOf(labels: readonly string[], averaged: readonly string[]): number[] {
  return [...labels.keys()].filter((label) => averaged.includes(labels[label]!));
}

function outcomeOf({ emotion, predicted, probabilities }: TestedUtterance, labels: readonly string[]): Outcome {
  const truth = labels.indexOf(emotion);
  const probability = Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probabilities[truth] ?? 0));
  const confidence = Math.max(...probabilities);
  const loss = -Math.log(probability);
  return { truth, predicted: labels.indexOf(predicted), loss, confidence, bin: calibrationBin(confidence) };
}

function strataOf<Value>(
  tested: readonly TestedUtterance[],
  valueOf: (answer: TestedUtterance) => Value,
): Stratum<Value>[] {
  return [...groupBy(tested, ({ corpus }) => corpus)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([corpus, answers]) => {
      const speakers = groupBy(
        answers.filter(({ speaker }) => speaker !== ''),
        ({ speaker }) => speaker,
      );
      const bySpeaker = speakers.size >= LEAST_SPEAKERS && answers.every(({ speaker }) => speaker !== '');
      const units = bySpeaker
        ? [...speakers.values()].map((group) => group.map(valueOf))
        : answers.map((answer) => [valueOf(answer)]);
      return { corpus, bySpeaker, units };
    });
}

function drawFrom<Value>(strata: readonly Stratum<Value>[], random: () => number): Value[] {
  return strata.flatMap(({ units }) => units.flatMap(() => units[Math.floor(random() * units.length)]!));
}

function scoresOfOutcomes(outcomes: readonly Outcome[], classes: number, averaged: readonly number[]): Scores {
  const hits = new Float64Array(classes);
  const supports = new Float64Array(classes);
  const guesses = new Float64Array(classes);
  const gaps = new Float64Array(CALIBRATION_BINS);
  let loss = 0;
  for (const { truth, predicted, loss: own, confidence, bin } of outcomes) {
    const right = truth === predicted;
    supports[truth]! += 1;
    guesses[predicted]! += 1;
    if (right) hits[truth]! += 1;
    gaps[bin]! += confidence - (right ? 1 : 0);
    loss += own;
  }
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
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
      outcomes.length,
    );
  return {
    accuracy: share(
      hits.reduce((sum, hit) => sum + hit, 0),
      outcomes.length,
    ),
    balancedAccuracy: mean(
      recall,
      [...supports.keys()].filter((label) => supports[label]! > 0),
    ),
    macroPrecision: mean(precision, averaged),
    macroRecall: mean(recall, averaged),
    macroF1: mean(f1, averaged),
    weightedPrecision: weighted(precision),
    weightedRecall: weighted(recall),
    weightedF1: weighted(f1),
    logLoss: share(loss, outcomes.length),
    expectedCalibrationError: share(
      gaps.reduce((sum, gap) => sum + Math.abs(gap), 0),
      outcomes.length,
    ),
    precision,
    recall,
    f1,
  };
}

function percentiles(values: number[]): Interval {
  const ascending = values.sort((a, b) => a - b);
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? 0;
  return { low: at(0.025), high: at(0.975) };
}

/** Marsaglia's xorshift (2003) of 32 bits, as numbers from 0 to below 1. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
