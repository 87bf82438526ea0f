import type { TestedUtterance } from '../contracts/report.js';
import { isRight } from './calibration.js';
import { groupBy } from './groupBy.js';
import type { Interval } from './interval.js';
import { classesOf, outcomesOf, type Score, SCORES, type Scores, scoresOfRows } from './scores.js';

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

/** With fewer speakers a draw of them says little: two draws in three of two speakers hold one twice or leave one out. */
export const LEAST_SPEAKERS = 8;
const RESAMPLES = 2000;
const SEED = 0x5e2;

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
  const strata = strataOf(tested);
  const outcomes = outcomesOf(strata.flatMap(({ units }) => units).flat(), labels);
  const classes = classesOf(labels, averaged);
  const scores = resample(strata, (rows) => scoresOfRows(outcomes, rows, labels.length, classes));
  const interval = (pick: (score: Scores) => number) => percentiles(Float64Array.from(scores, pick));
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

/** The interval of the accuracy alone; undefined where no corpus has speakers to draw. */
export function bootstrapAccuracy(tested: readonly TestedUtterance[]): Interval | undefined {
  const ordered = [...tested].sort((a, b) => (a.speaker + a.path < b.speaker + b.path ? -1 : 1));
  const strata = strataOf(ordered);
  if (!strata.some(({ bySpeaker }) => bySpeaker)) return undefined;
  const hits = Uint8Array.from(strata.flatMap(({ units }) => units).flat(), (answer) => (isRight(answer) ? 1 : 0));
  const accuracies = resample(strata, (rows) => rows.reduce((sum, row) => sum + hits[row]!, 0) / rows.length);
  return percentiles(Float64Array.from(accuracies));
}

/** What is drawn together: the answers to one speaker, or one answer. */
type Stratum = { corpus: string; bySpeaker: boolean; units: TestedUtterance[][] };

function strataOf(tested: readonly TestedUtterance[]): Stratum[] {
  return [...groupBy(tested, ({ corpus }) => corpus)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([corpus, answers]) => {
      const speakers = groupBy(
        answers.filter(({ speaker }) => speaker !== ''),
        ({ speaker }) => speaker,
      );
      const bySpeaker = speakers.size >= LEAST_SPEAKERS && answers.every(({ speaker }) => speaker !== '');
      const units = bySpeaker ? [...speakers.values()] : answers.map((answer) => [answer]);
      return { corpus, bySpeaker, units };
    });
}

/**
 * What is measured on each of many draws. The rows of a draw count the answers as the strata and their units hold them,
 * one after the other; the array is used again for the next draw.
 */
function resample<Result>(strata: readonly Stratum[], measure: (rows: Uint32Array) => Result): Result[] {
  const random = xorshift(SEED);
  let first = 0;
  const placed = strata.map(({ units }) =>
    units.map(({ length }) => {
      first += length;
      return { from: first - length, to: first };
    }),
  );
  let rows = new Uint32Array(2 * first);
  return Array.from({ length: RESAMPLES }, () => {
    let count = 0;
    for (const units of placed) {
      for (let draw = 0; draw < units.length; draw++) {
        const { from, to } = units[Math.floor(random() * units.length)]!;
        if (count + to - from > rows.length) rows = grown(rows);
        for (let row = from; row < to; row++) rows[count++] = row;
      }
    }
    return measure(rows.subarray(0, count));
  });
}

function grown(rows: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * rows.length);
  larger.set(rows);
  return larger;
}

function percentiles(values: Float64Array): Interval {
  const ascending = values.sort();
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
