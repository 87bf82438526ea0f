import { expect } from 'chai';
import type { TestedUtterance } from '../../core/contracts/report.js';
import { bootstrapIntervals } from '../../core/reports/bootstrap.js';
import { breakdownOf } from '../../core/reports/breakdown.js';
import { calibrationBin, calibrationOf } from '../../core/reports/calibration.js';
import { scoresOf } from '../../core/reports/scores.js';
import { golden } from '../training/helpers.js';

type Case = {
  truth: number[];
  probabilities: number[][];
  classes: number;
  accuracy: number;
  balancedAccuracy: number;
  logLoss: number;
  macro: [number, number, number];
  weighted: [number, number, number];
  calibration: { accuracy: number[]; confidence: number[]; count: number[]; error: number };
};

const CASES = golden<Case[]>('metrics');
const labelsOf = ({ classes }: Case) => Array.from({ length: classes }, (_, label) => `class ${label}`);

/** Spoken in turn by ten speakers of two corpora. */
function answersOf({ truth, probabilities }: Case): TestedUtterance[] {
  return truth.map((label, row) => ({
    path: `${row}.wav`,
    audio: `audio/${row}.wav`,
    corpus: row % 3 === 0 ? 'TESS' : 'CREMA-D',
    speaker: `speaker ${row % 10}`,
    sex: row % 10 === 9 ? '' : row % 2 === 0 ? 'female' : 'male',
    emotion: `class ${label}`,
    predicted: `class ${probabilities[row]!.indexOf(Math.max(...probabilities[row]!))}`,
    probabilities: probabilities[row]!,
  }));
}

describe('the scores that intervals are made of', () => {
  CASES.forEach((expected, index) => {
    it(`are those of scikit-learn (case ${index})`, () => {
      const scores = scoresOf(answersOf(expected), labelsOf(expected));
      const wanted: [number, number][] = [
        [scores.accuracy, expected.accuracy],
        [scores.balancedAccuracy, expected.balancedAccuracy],
        [scores.logLoss, expected.logLoss],
        [scores.macroPrecision, expected.macro[0]],
        [scores.macroRecall, expected.macro[1]],
        [scores.macroF1, expected.macro[2]],
        [scores.weightedPrecision, expected.weighted[0]],
        [scores.weightedRecall, expected.weighted[1]],
        [scores.weightedF1, expected.weighted[2]],
        [scores.expectedCalibrationError, expected.calibration.error],
      ];
      wanted.forEach(([got, value], score) => expect(got, `${score}`).to.be.closeTo(value, 1e-12));
    });
  });

  it('lie within their intervals', () => {
    const answers = answersOf(CASES[0]!);
    const scores = scoresOf(answers, labelsOf(CASES[0]!));
    const intervals = bootstrapIntervals(answers, labelsOf(CASES[0]!));
    for (const name of ['accuracy', 'macroF1', 'weightedF1', 'logLoss', 'macroPrecision'] as const) {
      expect(scores[name], name).to.be.within(intervals[name].low, intervals[name].high);
    }
    expect(intervals.recall).to.have.length(5);
  });
});

describe('the calibration curve', () => {
  CASES.forEach(({ calibration, ...expected }, index) => {
    it(`is that of scikit-learn (case ${index})`, () => {
      const { curve, expectedCalibrationError } = calibrationOf(answersOf({ calibration, ...expected }));
      expect(curve.map(({ count }) => count)).to.deep.equal(calibration.count);
      curve.forEach(({ accuracy, confidence }, bin) => {
        expect(accuracy).to.be.closeTo(calibration.accuracy[bin]!, 1e-12);
        expect(confidence).to.be.closeTo(calibration.confidence[bin]!, 1e-12);
      });
      expect(expectedCalibrationError).to.be.closeTo(calibration.error, 1e-12);
    });
  });

  it('counts an edge to the bin below it, and 0 and 1 to the outer bins', () => {
    expect([0, 1 / 15, 1 / 15 + 1e-9, 1].map(calibrationBin)).to.deep.equal([0, 0, 1, 14]);
  });
});

describe('a breakdown', () => {
  const answers = answersOf(CASES[0]!);
  const { corpora, sexes } = breakdownOf(answers, labelsOf(CASES[0]!));

  it('scores every corpus and sex by itself, and leaves out recordings whose group is not known', () => {
    expect(corpora.map(({ name, count }) => [name, count])).to.deep.equal([
      ['CREMA-D', 26],
      ['TESS', 14],
    ]);
    expect(sexes.map(({ name, count, speakers }) => [name, count, speakers])).to.deep.equal([
      ['female', 20, 5],
      ['male', 16, 4],
    ]);
    const right = answers.filter(({ corpus, emotion, predicted }) => corpus === 'TESS' && emotion === predicted).length;
    expect(corpora[1]!.accuracy).to.equal(right / 14);
    expect(corpora[1]!.accuracy).to.be.within(corpora[1]!.intervals.accuracy.low, corpora[1]!.intervals.accuracy.high);
  });

  it('averages over the labels that occur in a group, not over those that cannot', () => {
    const alone = answers.map((answer) => ({ ...answer, emotion: 'class 0', predicted: 'class 0' }));
    expect(breakdownOf(alone, labelsOf(CASES[0]!)).corpora[0]).to.include({ macroF1: 1, balancedAccuracy: 1 });
  });
});
