import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileFeatures } from '../../activities/jobs/extractFiles.js';
import { SerError } from '../../core/contracts/errors.js';
import { featureSet } from '../../core/features/registry.js';
import { writeParquet } from '../../core/store/parquet.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { csvLine } from '../format.js';
import { outFailure } from '../outFailure.js';
import { listRecordings } from '../recordingList.js';
import { featuresOf, sayRejects } from '../recordings.js';
import { parseShare } from '../runConfig.js';

export type FeaturesOptions = { features: string; out?: string; maxRejected: string; output: 'csv' | 'jsonl' };

type Row = Exclude<FileFeatures, { error: string }>;
type Format = 'csv' | 'jsonl' | 'parquet';

/** Writes the features of recordings as a table. */
export async function features(options: FeaturesOptions, context: CommandContext, paths: string[]): Promise<number> {
  const set = featureSet(options.features);
  const maxRejected = parseShare('--max-rejected', options.maxRejected);
  const format = options.out === undefined ? options.output : formatOf(options.out);
  const files = await listRecordings(paths, context.workingFolder);
  const extracted = await featuresOf(files, set, context);
  const rows = extracted.filter((row): row is Row => !('error' in row));
  const rejected = sayRejects(extracted, context);

  const table = render(format, set.columns, rows);
  if (options.out === undefined) context.terminal.print(String(table));
  else await write(resolve(context.workingFolder, options.out), table);
  context.terminal.say(`${rows.length} recordings, ${rejected} rejected`);
  return rows.length === 0 || rejected > maxRejected * extracted.length ? EXIT.dataRefused : EXIT.done;
}

function render(format: Format, columns: readonly string[], rows: readonly Row[]): string | Uint8Array {
  switch (format) {
    case 'csv':
      return [
        csvLine(['file', 'rate', 'channels', ...columns]),
        ...rows.map(({ path, sampleRate, channels, values }) =>
          csvLine([basename(path), sampleRate, channels, ...values]),
        ),
        '',
      ].join('\n');
    case 'jsonl':
      return rows
        .map(({ path, sampleRate, channels, durationSeconds, values }) =>
          JSON.stringify({
            file: path,
            rate: sampleRate,
            channels,
            durationSeconds,
            features: Object.fromEntries(columns.map((name, column) => [name, values[column]])),
          }),
        )
        .map((line) => `${line}\n`)
        .join('');
    case 'parquet':
      return writeParquet([
        { name: 'file', type: 'STRING', data: rows.map(({ path }) => path) },
        { name: 'rate', type: 'DOUBLE', data: Float64Array.from(rows, ({ sampleRate }) => sampleRate) },
        { name: 'channels', type: 'INT32', data: Int32Array.from(rows, ({ channels }) => channels) },
        ...columns.map((name, column) => ({
          name,
          type: 'DOUBLE' as const,
          data: Float64Array.from(rows, ({ values }) => values[column]!),
        })),
      ]);
  }
}

function formatOf(file: string): Format {
  const format = /\.(csv|jsonl|parquet)$/.exec(file)?.[1];
  if (format !== undefined) return format as Format;
  throw new SerError('BadConfig', `got "${file}"`, '--out', 'It takes a name that ends with .parquet, .csv or .jsonl.');
}

async function write(path: string, table: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, table);
  } catch (error) {
    throw outFailure(error, path);
  }
}
