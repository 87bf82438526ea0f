import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SerError } from '../../core/contracts/errors.js';
import type { Bundle } from '../../core/training/bundle.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { outFailure } from '../outFailure.js';
import { runBatch } from './batch.js';
import type { PredictOptions } from './options.js';
import { outFormatOf } from './outFile.js';
import { type Format, rowFormat } from './rows.js';
import type { SpeakerOf } from './speakers.js';

/**
 * Predicts recordings by the workers of a server. Rows are there when all are done: they go to `--out`, or to stdout where
 * a format is asked for; else the address of the table is printed.
 */
export async function predictOnWorkers(
  files: readonly string[],
  bundle: Bundle,
  speakerOf: SpeakerOf | undefined,
  { model, out, output, window, plot }: PredictOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal, workingFolder } = context;
  if (window !== undefined || plot !== undefined) {
    const option = window === undefined ? '--plot' : '--window';
    throw new SerError('BadConfig', 'does not go with --workflow', option, 'Leave one of them out.');
  }
  const target = out === undefined ? undefined : { path: resolve(workingFolder, out), format: outFormatOf(out) };
  const result = await runBatch(files, model, bundle, speakerOf, context);
  if (result === undefined) {
    terminal.warn('the batch goes on; type the same again to come back to it');
    return EXIT.interrupted;
  }

  const table = async (format: Format): Promise<string> => {
    const { head, row, between, foot } = rowFormat(format, bundle.labels, false, terminal.colours);
    return head + (await result.rows()).map(row).join(between) + foot;
  };
  terminal.say(`${result.answered} predictions, ${result.rejected} rejected: ${result.table}`);
  if (target !== undefined) await write(target.path, await table(target.format));
  else terminal.print(output === 'text' ? result.table : await table(output));
  return result.answered === 0 ? EXIT.dataRefused : EXIT.done;
}

/** Nobody ever sees half of it. */
async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  } catch (error) {
    throw outFailure(error, path);
  }
}
