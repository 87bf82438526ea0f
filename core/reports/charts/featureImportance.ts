import type { GroupImportance } from '../../contracts/training.js';
import type { Chart } from '../chart.js';
import { formatPoints } from '../format.js';
import { COLOURS } from '../theme.js';

/** Accuracy lost when a group of features is shuffled, the most important group first. */
export function featureImportance(importance: readonly GroupImportance[]): Chart {
  const ranked = [...importance].sort((a, b) => b.accuracyDrop - a.accuracyDrop);
  const values = ranked.map(({ group, columns, accuracyDrop, deviation }) => ({
    group: columns === 1 ? group : `${group} (${columns})`,
    points: accuracyDrop * 100,
    low: (accuracyDrop - deviation) * 100,
    high: (accuracyDrop + deviation) * 100,
  }));
  return {
    name: 'feature-importance',
    title: 'Accuracy lost without a group of features',
    description: `${ranked.map(({ group, accuracyDrop }) => `${group} ${formatPoints(-accuracyDrop)} points`).join(', ')}.`,
    spec: {
      data: { values },
      width: 330,
      height: { step: 26 },
      encoding: {
        y: { field: 'group', type: 'nominal', sort: values.map(({ group }) => group), axis: { title: null } },
      },
      layer: [
        {
          mark: { type: 'bar', height: { band: 0.6 }, color: COLOURS.series1 },
          encoding: {
            x: { field: 'points', type: 'quantitative', axis: { title: 'accuracy lost, points', tickCount: 5 } },
          },
        },
        {
          mark: { type: 'rule', color: COLOURS.ink, strokeWidth: 1.2 },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
      ],
    },
  };
}
