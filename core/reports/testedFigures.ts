import type { TestedUtterance } from '../contracts/report.js';
import { bootstrapAccuracy } from './bootstrap.js';
import { type CalibrationBin, calibrationOf, confidenceOf, isRight } from './calibration.js';
import { groupBy } from './groupBy.js';
import { wilsonInterval, type Interval } from './interval.js';

/** A point of the calibration curve with the interval of its accuracy. */
export type CalibrationPoint = CalibrationBin & { interval: Interval };

export type GroupScore = { name: string; count: number; accuracy: number; interval: Interval };

export type TestedFigures = {
  /** Bins that hold at least one answer, from low to high confidence. */
  calibration: CalibrationPoint[];
  expectedCalibrationError: number;
  /**
   * Accuracy by corpus and by sex, within each corpus where there are several (one may be of women alone), names in order; by
   * speaker, the lowest first.
   */
  corpora: GroupScore[];
  sexes: GroupScore[];
  speakers: GroupScore[];
  /** Wrong answers, the most confident first, at most ten. */
  mistakes: { path: string; audio: string; emotion: string; predicted: string; probability: number }[];
};

const LISTED_MISTAKES = 10;

/** Computes what single answers say; the order of the answers does not matter. */
export function testedFigures(tested: readonly TestedUtterance[]): TestedFigures {
  const { curve, expectedCalibrationError } = calibrationOf(tested);
  return {
    calibration: curve.map((bin) => ({ ...bin, interval: wilsonInterval(bin.accuracy, bin.count) })),
    expectedCalibrationError,
    corpora: scoresBy(tested, ({ corpus }) => corpus),
    sexes: scoresBy(tested, sexWithinCorpus(tested)),
    speakers: scoresBy(tested, ({ speaker }) => speaker).sort((a, b) => a.accuracy - b.accuracy),
    mistakes: confidentMistakes(tested),
  };
}

/** The interval draws speakers where there are enough of them; else it is as if recordings were independent. */
function scoreOf(answers: readonly TestedUtterance[]): Omit<GroupScore, 'name'> {
  const accuracy = answers.filter(isRight).length / answers.length;
  const interval = bootstrapAccuracy(answers) ?? wilsonInterval(accuracy, answers.length);
  return { count: answers.length, accuracy, interval };
}

/** Groups without a name are left out: it is not known that they are one. */
function scoresBy(tested: readonly TestedUtterance[], group: (answer: TestedUtterance) => string): GroupScore[] {
  return [...groupBy(tested, group)]
    .filter(([name]) => name !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, answers]) => ({ name, ...scoreOf(answers) }));
}

function sexWithinCorpus(tested: readonly TestedUtterance[]): (answer: TestedUtterance) => string {
  const several = new Set(tested.map(({ corpus }) => corpus)).size > 1;
  return ({ corpus, sex }) => (several && sex !== '' && corpus !== '' ? `${corpus}, ${sex}` : sex);
}

function confidentMistakes(tested: readonly TestedUtterance[]): TestedFigures['mistakes'] {
  return tested
    .filter((answer) => !isRight(answer))
    .map((answer) => ({
      path: answer.path,
      audio: answer.audio,
      emotion: answer.emotion,
      predicted: answer.predicted,
      probability: confidenceOf(answer),
    }))
    .sort((a, b) => b.probability - a.probability || (a.path < b.path ? -1 : 1))
    .slice(0, LISTED_MISTAKES);
}
