import type { TopLevelSpec } from 'vega-lite';
import type { RecordingPicture, ReportData, TestedUtterance } from '../../contracts/report.js';
import type { Chart } from '../chart.js';
import { formatPercent } from '../format.js';
import { fileNameOf } from '../links.js';
import { confidenceOf, isRight } from '../calibration.js';
import { COLOURS } from '../theme.js';

const SAMPLES = 4;
/** Cells reach so far, as a share of their size, under the next ones: where they only touch, the ground shows through. */
const OVERLAP = 0.5;
const PANEL = { width: 360, height: 150 };

/** The recordings that are pictured: the two right and the two wrong answers that the model was surest of. */
export function samplesOf(tested: readonly TestedUtterance[]): TestedUtterance[] {
  const surest = [...tested].sort((a, b) => confidenceOf(b) - confidenceOf(a) || (a.path < b.path ? -1 : 1));
  const wrong = surest.filter((answer) => !isRight(answer)).slice(0, SAMPLES / 2);
  const right = surest.filter(isRight).slice(0, SAMPLES - wrong.length);
  return [...right, ...wrong];
}

/** Waveform, spectrogram, MFCC and probabilities of one recording: the original's 12. */
export function audioSample(picture: RecordingPicture, labels: ReportData['model']['labels']): Chart {
  const { utterance, durationSeconds, highestHz } = picture;
  const { path, emotion, predicted } = utterance;
  const stem = fileNameOf(path).replace(/\.[a-z0-9]+$/i, '');
  const title = `${fileNameOf(path)}: ${emotion}, named ${predicted} (${formatPercent(confidenceOf(utterance), 0)})`;
  const time = { domain: [0, durationSeconds] as const };
  const dimmed = picture.spectrogram.map((row) => row.map((level) => Math.max(0, 1 + level / 80)));
  const coefficients = picture.cepstra[0]?.length ?? 0;
  return {
    name: `12_audio_sample_${stem.replace(/[^\w.-]+/g, '_')}`,
    title,
    description: `Waveform, spectrogram and cepstral coefficients of a recording of ${durationSeconds.toFixed(2)} s, and what the model answered.`,
    spec: {
      title,
      vconcat: [
        { hconcat: [waveform(picture, time), heat(dimmed, 'Spectrogram, 80 dB', 'kHz', [0, highestHz / 1000], time)] },
        {
          hconcat: [
            heat(
              ranked(picture.cepstra),
              'MFCC, each from its lowest to its highest',
              'coefficient',
              [1, coefficients + 1],
              time,
            ),
            probabilities(utterance, labels),
          ],
        },
      ],
      config: { view: { stroke: null } },
    } as TopLevelSpec,
  };
}

function timeAxis({ domain }: { domain: readonly [number, number] }) {
  return { scale: { domain, nice: false }, axis: { title: 's', tickCount: 6, grid: false } };
}

function waveform(
  { waveform: spans, durationSeconds }: RecordingPicture,
  time: Parameters<typeof timeAxis>[0],
): object {
  const values = spans.map(({ low, high }, index) => ({ second: (index / spans.length) * durationSeconds, low, high }));
  return {
    ...PANEL,
    title: 'Waveform',
    data: { values },
    mark: { type: 'area', color: COLOURS.series1 },
    encoding: {
      x: { field: 'second', type: 'quantitative', ...timeAxis(time) },
      y: { field: 'low', type: 'quantitative', axis: { title: 'amplitude', tickCount: 5 } },
      y2: { field: 'high' },
    },
  };
}

/** A matrix [time][row] of shares of the deepest colour. */
function heat(
  matrix: readonly (readonly number[])[],
  title: string,
  unit: string,
  [lowest, highest]: [number, number],
  time: Parameters<typeof timeAxis>[0],
): object {
  const step = (highest - lowest) / (matrix[0]?.length ?? 1);
  const span = time.domain[1] / matrix.length;
  const values = matrix.flatMap((row, column) =>
    row.map((share, index) => ({
      x: column * span,
      x2: Math.min(time.domain[1], (column + 1 + OVERLAP) * span),
      y: lowest + index * step,
      y2: Math.min(highest, lowest + (index + 1 + OVERLAP) * step),
      share,
    })),
  );
  return {
    ...PANEL,
    title,
    data: { values },
    mark: { type: 'rect', stroke: null },
    encoding: {
      x: { field: 'x', type: 'quantitative', ...timeAxis(time) },
      x2: { field: 'x2' },
      y: {
        field: 'y',
        type: 'quantitative',
        scale: { domain: [lowest, highest], nice: false },
        axis: { title: unit, tickCount: 5, grid: false },
      },
      y2: { field: 'y2' },
      color: { field: 'share', type: 'quantitative', scale: { scheme: 'viridis', domain: [0, 1] }, legend: null },
    },
  };
}

/** Each coefficient has a scale of its own, or the first would leave the others grey. */
function ranked(cepstra: readonly (readonly number[])[]): number[][] {
  const columns = cepstra[0]?.map((_, index) => cepstra.map((frame) => frame[index] ?? 0)) ?? [];
  const bounds = columns.map((values) => [Math.min(...values), Math.max(...values)] as const);
  return cepstra.map((frame) =>
    frame.map((value, index) => {
      const [low, high] = bounds[index] ?? [0, 0];
      return high > low ? (value - low) / (high - low) : 0.5;
    }),
  );
}

function probabilities({ probabilities: shares, emotion }: TestedUtterance, labels: readonly string[]): object {
  const values = labels.map((label, index) => ({
    label: label === emotion ? `${label} (true)` : label,
    percent: (shares[index] ?? 0) * 100,
    truth: label === emotion,
  }));
  return {
    ...PANEL,
    title: 'Probabilities',
    data: { values },
    mark: { type: 'bar', height: { band: 0.7 } },
    encoding: {
      y: { field: 'label', type: 'nominal', sort: values.map(({ label }) => label), axis: { title: null } },
      x: { field: 'percent', type: 'quantitative', scale: { domain: [0, 100] }, axis: { title: '%', tickCount: 5 } },
      color: {
        condition: { test: 'datum.truth', value: COLOURS.series3 },
        value: COLOURS.series1,
      },
    },
  };
}
