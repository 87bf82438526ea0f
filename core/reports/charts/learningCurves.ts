import type { TopLevelSpec } from 'vega-lite';
import type { EpochRecord, ModelMetadata } from '../../contracts/training.js';
import type { Chart } from '../chart.js';
import { COLOURS } from '../theme.js';

/** Up to so many epochs every one gets a point, since a line through few of them says little. */
const EPOCHS_WITH_POINTS = 5;

/** Between legend and plot: room for a line of text, which no curve reaches. */
const LABEL_ROOM = 22;

type Curve = { epoch: number; part: 'training' | 'validation'; value: number };

/** Loss and accuracy by epoch, as two charts. */
export function learningCurves(model: ModelMetadata, rateDrops: readonly number[]): Chart[] {
  const { history, bestEpoch } = model;
  const loss = curve(history, 'trainLoss', 'validationLoss', 1);
  const accuracy = curve(history, 'trainAccuracy', 'validationAccuracy', 100);
  return [
    {
      name: 'loss',
      title: 'Loss by epoch',
      description: describe('Cross-entropy', loss, bestEpoch, (value) => value.toFixed(3)),
      spec: curveSpec(loss, model, rateDrops, 'cross-entropy'),
    },
    {
      name: 'accuracy',
      title: 'Accuracy by epoch',
      description: describe('Accuracy', accuracy, bestEpoch, (value) => `${value.toFixed(1)} %`),
      spec: curveSpec(accuracy, model, rateDrops, 'accuracy, %'),
    },
  ];
}

function curve(
  history: readonly EpochRecord[],
  train: 'trainLoss' | 'trainAccuracy',
  validation: 'validationLoss' | 'validationAccuracy',
  factor: number,
): Curve[] {
  return history.flatMap((epoch): Curve[] => [
    { epoch: epoch.epoch, part: 'training', value: epoch[train] * factor },
    { epoch: epoch.epoch, part: 'validation', value: epoch[validation] * factor },
  ]);
}

function curveSpec(
  values: Curve[],
  { history, bestEpoch }: ModelMetadata,
  drops: readonly number[],
  title: string,
): TopLevelSpec {
  const last = history.at(-1)?.epoch ?? 1;
  const domain = last === 1 ? [0, 2] : [1, last];
  const best = values.find(({ epoch, part }) => epoch === bestEpoch && part === 'validation');
  const x = {
    field: 'epoch',
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: {
      title: 'epoch',
      grid: false,
      tickMinStep: 1,
      tickCount: 6,
      format: 'd',
      ticks: true,
      tickColor: COLOURS.axis,
    },
  };
  const colour = {
    field: 'part',
    type: 'nominal',
    scale: { domain: ['training', 'validation'], range: [COLOURS.series1, COLOURS.series2] },
    legend: { offset: LABEL_ROOM },
  };
  return {
    width: 380,
    height: 230,
    encoding: { x },
    layer: [
      {
        data: { values: drops.map((epoch) => ({ epoch })) },
        mark: { type: 'rule', color: COLOURS.axis, strokeDash: [2, 3] },
      },
      {
        data: { values: [{ epoch: bestEpoch, label: `epoch ${bestEpoch} kept` }] },
        layer: [
          { mark: { type: 'rule', color: COLOURS.muted } },
          {
            mark: {
              type: 'text',
              align: bestEpoch < last * 0.15 ? 'left' : bestEpoch > last * 0.85 ? 'right' : 'center',
              baseline: 'bottom',
              color: COLOURS.muted,
            },
            encoding: { text: { field: 'label', type: 'nominal' }, y: { value: -4 } },
          },
        ],
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.8, point: last <= EPOCHS_WITH_POINTS ? { size: 40, opacity: 1 } : false },
        encoding: {
          y: { field: 'value', type: 'quantitative', scale: { zero: false }, axis: { title, tickCount: 5 } },
          color: colour,
        },
      },
      ...(best === undefined
        ? []
        : [
            {
              data: { values: [best] },
              mark: { type: 'point', filled: true, size: 55, opacity: 1, stroke: COLOURS.surface, strokeWidth: 1.5 },
              encoding: { y: { field: 'value', type: 'quantitative' }, color: colour },
            },
          ]),
    ],
  } as TopLevelSpec;
}

function describe(subject: string, curves: Curve[], bestEpoch: number, format: (value: number) => string): string {
  const epochs = curves.length / 2;
  const at = (epoch: number, part: Curve['part']) => {
    const point = curves.find((candidate) => candidate.epoch === epoch && candidate.part === part);
    return point === undefined ? 'unknown' : format(point.value);
  };
  const kept = `kept at epoch ${bestEpoch}: training ${at(bestEpoch, 'training')}, validation ${at(bestEpoch, 'validation')}`;
  const first = curves[0]?.epoch ?? 1;
  return `${subject} over ${epochs} epochs, from training ${at(first, 'training')} and validation ${at(first, 'validation')}; ${kept}.`;
}
