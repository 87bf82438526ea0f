import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SerError } from '../../core/contracts/errors.js';
import { BUNDLE_FILES, readBundle } from '../../core/training/bundle.js';
import { onnxOf } from '../../core/training/export/onnx.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { type BundleReader, locateModel } from '../models.js';
import { outFailure } from '../outFailure.js';

export type ExportFormat = 'bundle' | 'onnx';
export type ExportOptions = { format: ExportFormat; out?: string; output: 'text' | 'json' };

/** Writes a model to where other programs read it. */
export async function exportModel(
  { format, out, output }: ExportOptions,
  context: CommandContext,
  [word]: string[],
): Promise<number> {
  const read = await locateModel(word!, context);
  const bundle = await readBundle(read);
  const path = resolve(context.workingFolder, out ?? defaultName(resolve(context.workingFolder, word!), format));
  await requireFree(path);
  if (format === 'onnx') await place(path, (temporary) => writeFile(temporary, onnxOf(bundle)));
  else await place(path, (temporary) => copyBundle(read, temporary));

  const features = bundle.metadata.featureSet;
  context.terminal.print(
    output === 'json'
      ? JSON.stringify({ path, format, featureSet: features.name, version: features.version, labels: bundle.labels })
      : `${path}: ${features.columns.length} features of ${features.name} to ${bundle.labels.join(', ')}`,
  );
  return EXIT.done;
}

/** Beside the user: the run's name, or the folder's. */
function defaultName(path: string, format: ExportFormat): string {
  const name = basename(path);
  return format === 'onnx' ? `${name}.onnx` : `${name}-bundle`;
}

async function requireFree(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  throw new SerError('BadConfig', 'exists already', path, 'Name another --out, or remove it.');
}

async function copyBundle(read: BundleReader, folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of BUNDLE_FILES) await writeFile(join(folder, name), await read(name));
}

/** Makes a file or folder under another name first, so that nobody ever sees half of it. */
async function place(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw outFailure(error, path);
  }
}
