import { labelOrder } from '../contracts/emotions.js';
import type { TestedUtterance } from '../contracts/report.js';
import { bootstrapIntervals, type ScoreIntervals } from './bootstrap.js';
import { type Calibration, calibrationOf } from './calibration.js';
import { groupBy } from './groupBy.js';
import { type Score, type Scores, scoresOf } from './scores.js';

const BY_CLASS = ['precision', 'recall', 'f1'] as const;

type ByClass = (typeof BY_CLASS)[number];

/** Scores of the recordings of one corpus, or of speakers of one sex. Macro averages run over the labels that occur in it. */
export type GroupScores = { name: string; count: number; speakers: number } & Pick<Scores, Score> & {
    intervals: Omit<ScoreIntervals, ByClass>;
  };

/** What an evaluation says beside its metrics: `breakdown.json`. */
export type Breakdown = {
  calibration: Calibration;
  /** Of every metric, by a bootstrap of speakers. */
  intervals: ScoreIntervals;
  /** Groups whose name is known, in order of their names. */
  corpora: GroupScores[];
  sexes: GroupScores[];
};

/** @param labels of the model, in the order of its probabilities */
export function breakdownOf(tested: readonly TestedUtterance[], labels: readonly string[]): Breakdown {
  return {
    calibration: calibrationOf(tested),
    intervals: bootstrapIntervals(tested, labels),
    corpora: groupsBy(tested, labels, ({ corpus }) => corpus),
    sexes: groupsBy(tested, labels, ({ sex }) => sex),
  };
}

function groupsBy(
  tested: readonly TestedUtterance[],
  labels: readonly string[],
  nameOf: (answer: TestedUtterance) => string,
): GroupScores[] {
  return [...groupBy(tested, nameOf)]
    .filter(([name]) => name !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, answers]) => {
      const averaged = labelOrder(answers.map(({ emotion }) => emotion));
      const speakers = new Set(answers.map(({ speaker }) => speaker).filter((speaker) => speaker !== '')).size;
      return {
        name,
        count: answers.length,
        speakers,
        ...withoutClasses(scoresOf(answers, labels, averaged)),
        intervals: withoutClasses(bootstrapIntervals(answers, labels, averaged)),
      };
    });
}

/** The scores by class are those of all answers; in a group there are too few of each. */
function withoutClasses<All extends Record<ByClass, unknown>>(all: All): Omit<All, ByClass> {
  const rest: Partial<All> & Omit<All, ByClass> = { ...all };
  for (const name of BY_CLASS) delete rest[name];
  return rest;
}
