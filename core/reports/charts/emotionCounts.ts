import type { TopLevelSpec } from 'vega-lite';
import type { Chart } from '../chart.js';
import type { ReportFigures } from '../figures.js';
import { formatCount } from '../format.js';
import { COLOURS, seriesColours } from '../theme.js';

/** Recordings by emotion, stacked by corpus, with the total at the end of each bar. */
export function emotionCounts({ emotions, corpora }: ReportFigures): Chart {
  const labels = [...new Set(emotions.map(({ emotion }) => emotion))];
  const names = corpora.map(({ corpus }) => corpus);
  const totals = labels.map((emotion) => {
    const count = emotions.filter((row) => row.emotion === emotion).reduce((sum, row) => sum + row.count, 0);
    return { emotion, count, label: formatCount(count) };
  });
  const y = { field: 'emotion', type: 'nominal', sort: labels, axis: { title: null } };
  return {
    name: 'emotion-counts',
    title: 'Recordings by emotion and corpus',
    description: `${totals.map(({ emotion, label }) => `${emotion} ${label}`).join(', ')}; corpora: ${names.join(', ')}.`,
    spec: {
      width: 330,
      height: { step: 26 },
      encoding: { y },
      layer: [
        {
          data: { values: emotions },
          mark: { type: 'bar', height: { band: 0.7 } },
          encoding: {
            x: { field: 'count', type: 'quantitative', axis: { title: 'recordings', tickCount: 5 } },
            order: { field: 'corpus', sort: 'ascending' },
            color: {
              field: 'corpus',
              type: 'nominal',
              scale: { domain: names, range: seriesColours(names) },
              legend: names.length > 1 ? { columns: 4 } : null,
            },
          },
        },
        {
          data: { values: totals },
          mark: { type: 'text', align: 'left', dx: 5, color: COLOURS.muted },
          encoding: { x: { field: 'count', type: 'quantitative' }, text: { field: 'label', type: 'nominal' } },
        },
      ],
    } as TopLevelSpec,
  };
}
