import type { ClassScores } from '../../contracts/training.js';
import type { Chart } from '../chart.js';
import type { ReportFigures } from '../figures.js';
import { formatPercent } from '../format.js';
import { COLOURS } from '../theme.js';

const SCORES = ['precision', 'recall', 'F1'];
const ORIGINAL_F1 = 'original’s F1';

/** Precision, recall and F1 of every class on one line, with the F1 of the original where it knew the class. */
export function classScores(perClass: readonly ClassScores[], originalF1: ReportFigures['originalF1']): Chart {
  const values = perClass.flatMap(({ label, precision, recall, f1 }) => {
    const original = originalF1.find((candidate) => candidate.label === label)?.f1;
    return [
      { label, score: 'precision', percent: precision * 100 },
      { label, score: 'recall', percent: recall * 100 },
      ...(original === undefined ? [] : [{ label, score: ORIGINAL_F1, percent: original * 100 }]),
      { label, score: 'F1', percent: f1 * 100 },
    ];
  });
  const shown = values.some(({ score }) => score === ORIGINAL_F1) ? [...SCORES, ORIGINAL_F1] : SCORES;
  return {
    name: 'class-scores',
    title: 'Precision, recall and F1 by class',
    description: `F1: ${perClass.map(({ label, f1 }) => `${label} ${formatPercent(f1, 0)}`).join(', ')}.`,
    spec: {
      data: { values },
      width: 330,
      height: { step: 30 },
      encoding: {
        y: {
          field: 'label',
          type: 'nominal',
          sort: perClass.map(({ label }) => label),
          axis: { title: null, grid: true },
        },
        x: {
          field: 'percent',
          type: 'quantitative',
          scale: { domain: [0, 100] },
          axis: { title: 'score, %', tickCount: 5 },
        },
      },
      layer: [
        {
          transform: [
            { filter: `datum.score !== "${ORIGINAL_F1}"` },
            {
              aggregate: [
                { op: 'min', field: 'percent', as: 'low' },
                { op: 'max', field: 'percent', as: 'high' },
              ],
              groupby: ['label'],
            },
          ],
          mark: { type: 'rule', color: COLOURS.axis, strokeWidth: 2 },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
        {
          mark: { type: 'point', filled: true, opacity: 1, size: 62 },
          encoding: {
            shape: {
              field: 'score',
              type: 'nominal',
              scale: {
                domain: shown,
                range: ['triangle-right', 'triangle-left', 'circle', 'diamond'].slice(0, shown.length),
              },
            },
            color: {
              field: 'score',
              type: 'nominal',
              scale: {
                domain: shown,
                range: [COLOURS.series3, COLOURS.series5, COLOURS.series1, COLOURS.other].slice(0, shown.length),
              },
            },
          },
        },
      ],
    },
  };
}
