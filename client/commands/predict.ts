import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileWindows, Windows } from '../../activities/jobs/extractFiles.js';
import { SerError } from '../../core/contracts/errors.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import { featureSet } from '../../core/features/registry.js';
import { checkFeatureSet } from '../../core/training/bundle.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { openModel } from '../models.js';
import { outFailure } from '../outFailure.js';
import { identityOf, openOutFile, outFormatOf } from '../predict/outFile.js';
import type { PredictOptions } from '../predict/options.js';
import { createRecogniser, type Prediction, type Recogniser } from '../predict/prediction.js';
import { type Format, type RowFormat, rowFormat } from '../predict/rows.js';
import { windowsOf } from '../predict/windows.js';
import { filesBySpeaker, type SpeakerOf, speakersFor, windowsBySpeaker } from '../predict/speakers.js';
import { listRecordings } from '../recordingList.js';
import { featuresInOrder, featuresOf, windowsInOrder } from '../recordings.js';

/** Says which emotion recordings hold, or which one each span of them holds. */
export async function predict(options: PredictOptions, context: CommandContext, words: string[]): Promise<number> {
  const files = await listRecordings(words, context.workingFolder);
  const bundle = await openModel(options.model, context);
  const set = featureSet(bundle.metadata.featureSet.name);
  checkFeatureSet(bundle, set);
  const windows = windowsOf(options, set);
  checkPlot(options, files);

  const speakerOf = await speakersFor(bundle, files, words, options.oneSpeaker === true, context.workingFolder);

  if (options.workflow === true) {
    const { predictOnWorkers } = await import('../predict/onWorkers.js');
    return await predictOnWorkers(files, bundle, speakerOf, options, context);
  }

  const recogniser = createRecogniser(bundle);
  const batches = (from: number) =>
    speakerOf === undefined
      ? predictions(files.slice(from), set, windows, recogniser, context)
      : predictionsBySpeaker(files, from, speakerOf, set, windows, recogniser, context);
  const format = (name: Format) => rowFormat(name, bundle.labels, windows !== undefined, context.terminal.colours);
  if (options.out !== undefined) {
    const path = resolve(context.workingFolder, options.out);
    const identity = identityOf(bundle, windows, speakerOf && files.map(speakerOf));
    return await fill(path, files, format(outFormatOf(path)), identity, batches, context);
  }
  const all = await print(batches(0), format(options.output), context);
  if (options.plot !== undefined) await plot(resolve(context.workingFolder, options.plot), all, bundle.labels);
  return all.every(failed) ? EXIT.dataRefused : EXIT.done;
}

function failed(prediction: Prediction): boolean {
  return 'error' in prediction;
}

async function* predictions(
  files: readonly string[],
  set: FeatureSet,
  windows: Windows | undefined,
  recogniser: Recogniser,
  context: CommandContext,
): AsyncGenerator<Prediction[]> {
  if (windows === undefined) {
    for await (const batch of featuresInOrder(files, set, context)) yield recogniser.files(batch);
  } else {
    for await (const batch of windowsInOrder(files, set, windows, context)) yield recogniser.windows(batch);
  }
}

/** All recordings have to be heard before the first can be measured against others of its speaker. */
async function* predictionsBySpeaker(
  files: readonly string[],
  from: number,
  speakerOf: SpeakerOf,
  set: FeatureSet,
  windows: Windows | undefined,
  recogniser: Recogniser,
  context: CommandContext,
): AsyncGenerator<Prediction[]> {
  if (windows === undefined) {
    const rows = filesBySpeaker(await featuresOf(files, set, context), speakerOf);
    yield recogniser.files(rows.slice(from));
  } else {
    const rows: FileWindows[] = [];
    for await (const batch of windowsInOrder(files, set, windows, context)) rows.push(...batch);
    yield recogniser.windows(windowsBySpeaker(rows, speakerOf).slice(from));
  }
}

/** Prints the rows as they come. */
async function print(
  batches: AsyncIterable<Prediction[]>,
  { head, row, between, foot }: RowFormat,
  { terminal }: CommandContext,
): Promise<Prediction[]> {
  const all: Prediction[] = [];
  terminal.write(head);
  for await (const batch of batches) {
    const text = batch.map(row).join(between);
    terminal.write(all.length > 0 && batch.length > 0 ? between + text : text);
    all.push(...batch);
  }
  terminal.write(foot);
  return all;
}

/** Writes the rows into a table that an interrupted batch goes on with. */
async function fill(
  path: string,
  files: readonly string[],
  { head, row }: RowFormat,
  identity: string,
  batches: (from: number) => AsyncIterable<Prediction[]>,
  { terminal }: CommandContext,
): Promise<number> {
  const table = await openOutFile(path, head, files, identity);
  if (table.filesDone > 0) terminal.say(`going on with ${path}: ${table.filesDone} of ${files.length} files are done`);
  let good = 0;
  let bad = 0;
  try {
    for await (const batch of batches(table.filesDone)) {
      await table.append(batch.map(row).join(''));
      bad += batch.filter(failed).length;
      good += batch.length - batch.filter(failed).length;
    }
  } catch (error) {
    await table.close();
    throw error;
  }
  await table.finish();
  terminal.say(`${good} predictions, ${bad} rejected: ${path}`);
  return good === 0 && table.filesDone === 0 ? EXIT.dataRefused : EXIT.done;
}

function checkPlot({ plot: file, window, out }: PredictOptions, files: readonly string[]): void {
  if (file === undefined) return;
  const wrong =
    window === undefined
      ? 'goes with --window only'
      : out !== undefined
        ? 'does not go with --out'
        : files.length !== 1
          ? `takes one recording, got ${files.length}`
          : /\.svg$/i.test(file)
            ? undefined
            : `got "${file}"`;
  if (wrong === undefined) return;
  throw new SerError('BadConfig', wrong, '--plot', 'Say `predict LONG.wav --window 3 --hop 1 --plot FILE.svg`.');
}

async function plot(path: string, rows: readonly Prediction[], labels: readonly string[]): Promise<void> {
  const [{ createChartRenderer }, { timeline }] = await Promise.all([
    import('../../core/reports/chart.js'),
    import('../../core/reports/charts/timeline.js'),
  ]);
  const spans = rows.flatMap((row) => {
    if ('error' in row || row.start === undefined || row.end === undefined) return [];
    return [{ start: row.start, end: row.end, probabilities: labels.map((label) => row.probabilities[label]!) }];
  });
  const draw = await createChartRenderer();
  try {
    await writeFile(path, (await draw(timeline(rows[0]?.file ?? '', labels, spans))).svg);
  } catch (error) {
    throw outFailure(error, path, '--plot');
  }
}
