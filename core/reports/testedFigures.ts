import type { TestedUtterance } from '../contracts/report.js';
import { groupBy } from './groupBy.js';
import { wilsonInterval, type Interval } from './interval.js';

/** Answers whose highest probability lies in one tenth of 0 to 1. */
export type CalibrationBin = { count: number; confidence: number; accuracy: number; interval: Interval };

export type GroupScore = { name: string; count: number; accuracy: number; interval: Interval };

export type TestedFigures = {
  /** Bins that hold at least one answer, from low to high confidence. */
  calibration: CalibrationBin[];
  /** Guo et al. (2017): the mean gap between confidence and accuracy, weighted by the answers in each of ten bins. */
  expectedCalibrationError: number;
  /** Accuracy by corpus and sex, names in order; by speaker, the lowest first. */
  corpora: GroupScore[];
  sexes: GroupScore[];
  speakers: GroupScore[];
  /** Wrong answers, the most confident first, at most ten. */
  mistakes: { path: string; audio: string; emotion: string; predicted: string; probability: number }[];
};

const BINS = 10;
const LISTED_MISTAKES = 10;

/** Computes what single answers say; the order of the answers does not matter. */
export function testedFigures(tested: readonly TestedUtterance[]): TestedFigures {
  const calibration = calibrationBins(tested);
  const gap = calibration.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0);
  return {
    calibration,
    expectedCalibrationError: tested.length === 0 ? 0 : gap / tested.length,
    corpora: scoresBy(tested, ({ corpus }) => corpus),
    sexes: scoresBy(tested, ({ sex }) => sex),
    speakers: scoresBy(tested, ({ speaker }) => speaker).sort((a, b) => a.accuracy - b.accuracy),
    mistakes: confidentMistakes(tested),
  };
}

/** The highest probability of an answer. */
export function confidenceOf({ probabilities }: TestedUtterance): number {
  return probabilities.reduce((highest, probability) => Math.max(highest, probability), 0);
}

export function isRight({ emotion, predicted }: TestedUtterance): boolean {
  return emotion === predicted;
}

function calibrationBins(tested: readonly TestedUtterance[]): CalibrationBin[] {
  const bins = groupBy(tested, (answer) => Math.min(BINS - 1, Math.floor(confidenceOf(answer) * BINS)));
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([, answers]) => {
      const confidences = answers.map(confidenceOf).sort((a, b) => a - b);
      const confidence = confidences.reduce((sum, value) => sum + value, 0) / answers.length;
      return { confidence, ...scoreOf(answers) };
    });
}

function scoreOf(answers: readonly TestedUtterance[]): Omit<GroupScore, 'name'> {
  const accuracy = answers.filter(isRight).length / answers.length;
  return { count: answers.length, accuracy, interval: wilsonInterval(accuracy, answers.length) };
}

/** Groups without a name are left out: it is not known that they are one. */
function scoresBy(tested: readonly TestedUtterance[], group: (answer: TestedUtterance) => string): GroupScore[] {
  return [...groupBy(tested, group)]
    .filter(([name]) => name !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, answers]) => ({ name, ...scoreOf(answers) }));
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
