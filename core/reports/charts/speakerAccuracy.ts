import type { Chart } from '../chart.js';
import { formatPercent } from '../format.js';
import type { TestedFigures } from '../testedFigures.js';
import { COLOURS } from '../theme.js';

/** So many speakers, the worst ones, fit a page. */
const LISTED_SPEAKERS = 30;

/** Accuracy by speaker with intervals, the lowest first. */
export function speakerAccuracy({ speakers }: TestedFigures): Chart {
  const shown = speakers.slice(0, LISTED_SPEAKERS);
  const values = shown.map(({ name, accuracy, interval }) => ({
    name,
    accuracy: accuracy * 100,
    low: interval.low * 100,
    high: interval.high * 100,
  }));
  const some = speakers.length > shown.length ? `The ${shown.length} lowest of ${speakers.length} speakers: ` : '';
  return {
    name: 'speaker-accuracy',
    title:
      some === '' ? 'Accuracy by speaker' : `Accuracy by speaker, the ${shown.length} lowest of ${speakers.length}`,
    description: `${some}${shown.map(({ name, accuracy }) => `${name} ${formatPercent(accuracy, 0)}`).join(', ')}.`,
    spec: {
      data: { values },
      width: 300,
      height: { step: 15 },
      encoding: {
        y: {
          field: 'name',
          type: 'nominal',
          sort: shown.map(({ name }) => name),
          axis: { title: null, labelFontSize: 10 },
        },
      },
      layer: [
        {
          mark: { type: 'rule', color: COLOURS.axis, strokeWidth: 2 },
          encoding: {
            x: {
              field: 'low',
              type: 'quantitative',
              scale: { domain: [0, 100] },
              axis: { title: 'right answers, %', tickCount: 5 },
            },
            x2: { field: 'high' },
          },
        },
        {
          mark: { type: 'point', filled: true, opacity: 1, size: 45, color: COLOURS.series1 },
          encoding: { x: { field: 'accuracy', type: 'quantitative' } },
        },
      ],
    },
  };
}
