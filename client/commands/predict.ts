import type { FileFeatures } from '../../activities/jobs/extractFiles.js';
import type { Bundle } from '../../core/training/bundle.js';
import { featureSet } from '../../core/features/registry.js';
import { checkFeatureSet } from '../../core/training/bundle.js';
import { createPredictor } from '../../core/training/predictor.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { csvLine } from '../format.js';
import { openModel } from '../models.js';
import { featuresOf, listRecordings } from '../recordings.js';
import type { Terminal } from '../terminal.js';

export type PredictOptions = { model: string; output: 'text' | 'json' | 'jsonl' | 'csv' };

/** One recording and what the model says of it; a bad one is a row with its error. */
export type Prediction =
  | {
      file: string;
      emotion: string;
      probability: number;
      probabilities: Record<string, number>;
      durationSeconds: number;
      warnings: string[];
    }
  | { file: string; error: string };

const SHORT_SECONDS = 1;
const SILENT_PEAK = 1e-3;
const CLIPPED_PEAK = 0.999;

/** Says which emotion recordings hold. */
export async function predict(options: PredictOptions, context: CommandContext, paths: string[]): Promise<number> {
  const files = await listRecordings(paths, context.workingFolder);
  const bundle = await openModel(options.model, context);
  const set = featureSet(bundle.metadata.featureSet.name);
  checkFeatureSet(bundle, set);
  const predictions = predictAll(bundle, await featuresOf(files, set.name, context));
  context.terminal.print(render(predictions, bundle.labels, options.output, context.terminal));
  return predictions.every((prediction) => 'error' in prediction) ? EXIT.dataRefused : EXIT.done;
}

function predictAll(bundle: Bundle, rows: readonly FileFeatures[]): Prediction[] {
  const predictor = createPredictor(bundle);
  return rows.map((row) => {
    if ('error' in row) return { file: row.path, error: row.error };
    const probabilities = [...predictor(row.values, 1)];
    const best = probabilities.indexOf(Math.max(...probabilities));
    return {
      file: row.path,
      emotion: bundle.labels[best]!,
      probability: probabilities[best]!,
      probabilities: Object.fromEntries(bundle.labels.map((label, index) => [label, probabilities[index]!])),
      durationSeconds: row.durationSeconds,
      warnings: warningsOf(row),
    };
  });
}

function warningsOf({ durationSeconds, peak }: Exclude<FileFeatures, { error: string }>): string[] {
  return [
    ...(durationSeconds < SHORT_SECONDS ? [`shorter than ${SHORT_SECONDS} s`] : []),
    ...(peak < SILENT_PEAK ? ['nearly silent'] : []),
    ...(peak >= CLIPPED_PEAK ? ['clipped'] : []),
  ];
}

function render(
  predictions: readonly Prediction[],
  labels: readonly string[],
  format: PredictOptions['output'],
  terminal: Terminal,
): string {
  switch (format) {
    case 'json':
      return JSON.stringify(predictions, null, 2);
    case 'jsonl':
      return predictions.map((prediction) => JSON.stringify(prediction)).join('\n');
    case 'csv':
      return [
        csvLine(['file', 'emotion', 'probability', ...labels, 'durationSeconds', 'warnings', 'error']),
        ...predictions.map((prediction) =>
          'error' in prediction
            ? csvLine([prediction.file, '', '', ...labels.map(() => ''), '', '', prediction.error])
            : csvLine([
                prediction.file,
                prediction.emotion,
                prediction.probability,
                ...labels.map((label) => prediction.probabilities[label]!),
                prediction.durationSeconds,
                prediction.warnings.join('; '),
                '',
              ]),
        ),
      ].join('\n');
    case 'text':
      return predictions.map((prediction) => textOf(prediction, labels, terminal)).join('\n');
  }
}

const BAR_WIDTH = 28;

function textOf(prediction: Prediction, labels: readonly string[], { colours }: Terminal): string {
  if ('error' in prediction) return `${prediction.file}\n  ${colours.red('rejected')}: ${prediction.error}\n`;
  const { file, emotion, probability, probabilities, durationSeconds, warnings } = prediction;
  const widest = Math.max(...labels.map((label) => label.length));
  return [
    `${file}  ${colours.bold(emotion)} ${percent(probability)}  ${colours.dim(`${durationSeconds.toFixed(2)} s`)}`,
    ...warnings.map((warning) => `  ${colours.yellow('note')}: ${warning}`),
    ...labels.map((label) => {
      const share = probabilities[label]!;
      const bar = '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
      return `  ${label.padEnd(widest)}  ${bar}  ${percent(share).padStart(7)}`;
    }),
    '',
  ].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
