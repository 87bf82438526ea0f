import type { TestedUtterance } from '../contracts/report.js';
import { groupBy } from './groupBy.js';
import type { Interval } from './interval.js';

/** 95 % intervals of scores, and what was resampled to get them. */
export type ScoreIntervals = {
  accuracy: Interval;
  balancedAccuracy: Interval;
  macroF1: Interval;
  logLoss: Interval;
  /** F1 by class, in the order of the labels. */
  f1: Interval[];
  resamples: number;
  /** Corpora whose speakers were drawn, and those with too few speakers, whose recordings were. */
  bySpeaker: string[];
  byRecording: string[];
};

/** With fewer speakers a draw of them says little: two draws in three of two speakers hold one twice or leave one out. */
export const LEAST_SPEAKERS = 8;
const RESAMPLES = 2000;
const SEED = 0x5e2;
const SMALLEST_PROBABILITY = Number.EPSILON;

/**
 * Percentile intervals of the bootstrap (Efron, 1979). Recordings of one speaker resemble one another, so whole speakers
 * are drawn, corpus by corpus; in a corpus of too few speakers, single recordings, which makes its part of the interval
 * too narrow. The draws are always the same.
 */
export function bootstrapIntervals(tested: readonly TestedUtterance[], labels: readonly string[]): ScoreIntervals {
  const strata = [...groupBy(tested, ({ corpus }) => corpus)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([corpus, answers]) => stratumOf(corpus, answers, labels));
  const random = xorshift(SEED);
  const scores = Array.from({ length: RESAMPLES }, () => scoresOf(drawFrom(strata, random), labels.length));
  const interval = (pick: (score: Scores) => number) => percentiles(scores.map(pick));
  const names = (kind: boolean) => strata.filter(({ bySpeaker }) => bySpeaker === kind).map(({ corpus }) => corpus);
  return {
    accuracy: interval(({ accuracy }) => accuracy),
    balancedAccuracy: interval(({ balancedAccuracy }) => balancedAccuracy),
    macroF1: interval(({ f1 }) => f1.reduce((sum, value) => sum + value, 0) / f1.length),
    logLoss: interval(({ logLoss }) => logLoss),
    f1: labels.map((_, label) => interval(({ f1 }) => f1[label] ?? 0)),
    resamples: RESAMPLES,
    bySpeaker: names(true),
    byRecording: names(false),
  };
}

/** An answer by class index. */
type Outcome = { truth: number; predicted: number; loss: number };
/** What is drawn together: the answers to one speaker, or one answer. */
type Stratum = { corpus: string; bySpeaker: boolean; units: Outcome[][] };
type Scores = { accuracy: number; balancedAccuracy: number; logLoss: number; f1: number[] };

function stratumOf(corpus: string, answers: readonly TestedUtterance[], labels: readonly string[]): Stratum {
  const outcome = ({ emotion, predicted, probabilities }: TestedUtterance): Outcome => {
    const truth = labels.indexOf(emotion);
    const probability = Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probabilities[truth] ?? 0));
    return { truth, predicted: labels.indexOf(predicted), loss: -Math.log(probability) };
  };
  const speakers = groupBy(
    answers.filter(({ speaker }) => speaker !== ''),
    ({ speaker }) => speaker,
  );
  const bySpeaker = speakers.size >= LEAST_SPEAKERS && answers.every(({ speaker }) => speaker !== '');
  const units = bySpeaker
    ? [...speakers.values()].map((group) => group.map(outcome))
    : answers.map((answer) => [outcome(answer)]);
  return { corpus, bySpeaker, units };
}

function drawFrom(strata: readonly Stratum[], random: () => number): Outcome[] {
  return strata.flatMap(({ units }) => units.flatMap(() => units[Math.floor(random() * units.length)]!));
}

function scoresOf(outcomes: readonly Outcome[], classes: number): Scores {
  const hits = new Float64Array(classes);
  const supports = new Float64Array(classes);
  const guesses = new Float64Array(classes);
  let loss = 0;
  for (const outcome of outcomes) {
    supports[outcome.truth]! += 1;
    guesses[outcome.predicted]! += 1;
    if (outcome.truth === outcome.predicted) hits[outcome.truth]! += 1;
    loss += outcome.loss;
  }
  const tested = [...supports.keys()].filter((label) => supports[label]! > 0);
  const recalls = tested.map((label) => hits[label]! / supports[label]!);
  const f1 = [...hits].map((hit, label) => (hit === 0 ? 0 : (2 * hit) / (supports[label]! + guesses[label]!)));
  return {
    accuracy: hits.reduce((sum, hit) => sum + hit, 0) / outcomes.length,
    balancedAccuracy: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    logLoss: loss / outcomes.length,
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
