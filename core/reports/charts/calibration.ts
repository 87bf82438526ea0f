import type { Chart } from '../chart.js';
import { formatCount, formatPercent } from '../format.js';
import type { TestedFigures } from '../testedFigures.js';
import { COLOURS } from '../theme.js';

/** Accuracy of the answers of each confidence, with intervals; on the diagonal, confidence is what it says it is. */
export function calibration({ calibration: bins, expectedCalibrationError }: TestedFigures): Chart {
  const values = bins.map(({ count, confidence, accuracy, interval }) => ({
    count,
    confidence: confidence * 100,
    accuracy: accuracy * 100,
    low: interval.low * 100,
    high: interval.high * 100,
  }));
  const axis = (title: string) => ({ title, tickCount: 5 });
  const described = bins.map(
    ({ count, confidence, accuracy }) =>
      `confidence ${formatPercent(confidence, 0)}: ${formatPercent(accuracy, 0)} right of ${formatCount(count)}`,
  );
  return {
    name: 'calibration',
    title: 'Accuracy by confidence',
    description: `${described.join('; ')}. Expected calibration error ${formatPercent(expectedCalibrationError)}.`,
    spec: {
      width: 300,
      height: 260,
      encoding: {
        x: {
          field: 'confidence',
          type: 'quantitative',
          scale: { domain: [0, 100] },
          axis: axis('highest probability, %'),
        },
        y: { field: 'accuracy', type: 'quantitative', scale: { domain: [0, 100] }, axis: axis('right answers, %') },
      },
      layer: [
        {
          data: {
            values: [
              { confidence: 0, accuracy: 0 },
              { confidence: 100, accuracy: 100 },
            ],
          },
          mark: { type: 'line', color: COLOURS.axis, strokeDash: [4, 3], strokeWidth: 1.2 },
        },
        {
          data: { values },
          mark: { type: 'rule', color: COLOURS.series1, strokeWidth: 1.5 },
          encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, opacity: 1, size: 60, color: COLOURS.series1 },
        },
      ],
    },
  };
}
