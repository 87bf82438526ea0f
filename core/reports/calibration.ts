import type { TestedUtterance } from '../contracts/report.js';
import { groupBy } from './groupBy.js';

export const CALIBRATION_BINS = 15;

/** Answers whose confidence, the highest probability, lies above `from` and not above `to`. */
export type CalibrationBin = { from: number; to: number; count: number; confidence: number; accuracy: number };

export type Calibration = {
  /** Guo et al. (2017): the mean gap between confidence and accuracy, weighted by the answers in each of fifteen bins. */
  expectedCalibrationError: number;
  /** Bins that hold at least one answer, from low to high confidence: scikit-learn's `calibration_curve` of being right. */
  curve: CalibrationBin[];
};

/** The bin of a confidence. An edge belongs to the bin below it. */
export function calibrationBin(confidence: number): number {
  return Math.max(0, Math.ceil(confidence * CALIBRATION_BINS) - 1);
}

/** Whether confidence is what it says it is; the order of the answers does not matter. */
export function calibrationOf(tested: readonly TestedUtterance[]): Calibration {
  const bins = groupBy(tested, (answer) => calibrationBin(confidenceOf(answer)));
  const curve = [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, answers]): CalibrationBin => {
      const confidences = answers.map(confidenceOf).sort((a, b) => a - b);
      return {
        from: bin / CALIBRATION_BINS,
        to: (bin + 1) / CALIBRATION_BINS,
        count: answers.length,
        confidence: confidences.reduce((sum, value) => sum + value, 0) / answers.length,
        accuracy: answers.filter(isRight).length / answers.length,
      };
    });
  const gap = curve.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0);
  return { expectedCalibrationError: tested.length === 0 ? 0 : gap / tested.length, curve };
}

/** The highest probability of an answer. */
export function confidenceOf({ probabilities }: Pick<TestedUtterance, 'probabilities'>): number {
  return probabilities.reduce((highest, probability) => Math.max(highest, probability), 0);
}

export function isRight({ emotion, predicted }: Pick<TestedUtterance, 'emotion' | 'predicted'>): boolean {
  return emotion === predicted;
}
