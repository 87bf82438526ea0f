import { csvLine } from '../format.js';
import type { Terminal } from '../terminal.js';
import type { Prediction } from './prediction.js';

export type Format = 'text' | 'json' | 'jsonl' | 'csv';

/** How a table of predictions is written, row by row: what stands before, between and after the rows. */
export type RowFormat = { head: string; row: (prediction: Prediction) => string; between: string; foot: string };

export function rowFormat(
  format: Format,
  labels: readonly string[],
  timeline: boolean,
  colours: Terminal['colours'],
): RowFormat {
  switch (format) {
    case 'json':
      return { head: '[\n', row: indentedJson, between: ',\n', foot: '\n]\n' };
    case 'jsonl':
      return { head: '', row: (prediction) => `${JSON.stringify(prediction)}\n`, between: '', foot: '' };
    case 'csv':
      return {
        head: `${csvLine(['file', ...(timeline ? ['start', 'end'] : []), 'emotion', 'probability', ...labels, 'durationSeconds', 'warnings', 'error'])}\n`,
        row: (prediction) => `${csvLine(csvCells(prediction, labels, timeline))}\n`,
        between: '',
        foot: '',
      };
    case 'text':
      return {
        head: '',
        row: timeline ? timelineText(labels, colours) : (prediction) => `${textOf(prediction, labels, colours)}\n`,
        between: '',
        foot: '',
      };
  }
}

function indentedJson(prediction: Prediction): string {
  return JSON.stringify(prediction, null, 2).replace(/^/gm, '  ');
}

function csvCells(prediction: Prediction, labels: readonly string[], timeline: boolean): (string | number)[] {
  const span = timeline ? [prediction.start ?? '', prediction.end ?? ''] : [];
  if ('error' in prediction) {
    return [prediction.file, ...span, '', '', ...labels.map(() => ''), '', '', prediction.error];
  }
  const { file, emotion, probability, probabilities, durationSeconds, warnings } = prediction;
  const shares = labels.map((label) => probabilities[label]!);
  return [file, ...span, emotion, probability, ...shares, durationSeconds, warnings.join('; '), ''];
}

const BAR_WIDTH = 28;

function bar(share: number): string {
  return '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
}

function textOf(prediction: Prediction, labels: readonly string[], colours: Terminal['colours']): string {
  if ('error' in prediction) return `${prediction.file}\n  ${colours.red('rejected')}: ${prediction.error}\n`;
  const { file, emotion, probability, probabilities, durationSeconds, warnings } = prediction;
  const widest = widestOf(labels);
  return [
    `${file}  ${colours.bold(emotion)} ${percent(probability)}  ${colours.dim(`${durationSeconds.toFixed(2)} s`)}`,
    ...warnings.map((warning) => `  ${colours.yellow('note')}: ${warning}`),
    ...labels.map((label) => {
      const share = probabilities[label]!;
      return `  ${label.padEnd(widest)}  ${bar(share)}  ${percent(share).padStart(7)}`;
    }),
    '',
  ].join('\n');
}

/** One line a span, under the name of its file. */
function timelineText(labels: readonly string[], colours: Terminal['colours']): RowFormat['row'] {
  const widest = widestOf(labels);
  let file: string | undefined;
  return (prediction) => {
    const name = prediction.file === file ? '' : `${file === undefined ? '' : '\n'}${colours.bold(prediction.file)}\n`;
    file = prediction.file;
    const { start, end } = prediction;
    const span = start === undefined || end === undefined ? '' : `${seconds(start)} – ${seconds(end)}  `;
    if ('error' in prediction) return `${name}  ${span}${colours.red('rejected')}: ${prediction.error}\n`;
    const { emotion, probability, warnings } = prediction;
    const notes = warnings.length === 0 ? '' : `  ${colours.yellow(warnings.join(', '))}`;
    return `${name}  ${span}${emotion.padEnd(widest)}  ${bar(probability)}  ${percent(probability).padStart(7)}${notes}\n`;
  };
}

function widestOf(labels: readonly string[]): number {
  return Math.max(...labels.map((label) => label.length));
}

function seconds(value: number): string {
  return `${value.toFixed(1).padStart(7)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
