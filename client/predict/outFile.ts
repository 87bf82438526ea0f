import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { SerError } from '../../core/contracts/errors.js';
import type { Bundle } from '../../core/training/bundle.js';
import { csvLine } from '../format.js';
import { outFailure } from '../outFailure.js';
import type { Format } from './rows.js';

/** A table that grows as the recordings are done. */
export type OutFile = {
  /** How many of the files it held already. */
  filesDone: number;
  append(rows: string): Promise<void>;
  /** The batch is whole: what was kept for going on with it is removed. */
  finish(): Promise<void>;
  /** Leaves it as it is, to be gone on with. */
  close(): Promise<void>;
};

/** What the rows of a table depend on; a table is only continued by the same. */
export function identityOf(
  { networks, scaler, metadata }: Bundle,
  windows: object | undefined,
  speakers?: readonly string[],
): string {
  const hash = createHash('sha256');
  for (const { kernel, bias, scale, shift } of networks.flat())
    for (const values of [kernel, bias, scale, shift]) hash.update(values);
  hash.update(JSON.stringify([scaler, metadata.labels, metadata.featureSet, windows ?? null, speakers ?? null]));
  return hash.digest('hex');
}

export function outFormatOf(file: string): Format {
  const format = /\.(csv|jsonl)$/.exec(file)?.[1];
  if (format !== undefined) return format as Format;
  throw new SerError('BadConfig', `got "${file}"`, '--out', 'It takes a name that ends with .csv or .jsonl.');
}

/**
 * Opens a table for the predictions of some files. `FILE.resume` beside it says that a batch is under way, and of which
 * model: where it stands, the whole rows of the table are kept and a row cut short by the interruption is not. Without
 * it, a table of that name is replaced.
 *
 * @throws SerError `BadConfig` when the table was begun with other files
 */
export async function openOutFile(
  path: string,
  head: string,
  files: readonly string[],
  identity: string,
): Promise<OutFile> {
  const marker = `${path}.resume`;
  const begun = await readFile(marker, 'utf8').catch(() => undefined);
  const text = begun === identity ? await readText(path) : undefined;
  const kept = text?.startsWith(head) === true ? wholeRows(text, head.length, files, path) : undefined;
  const start = text === undefined || kept === undefined ? head : text.slice(0, kept.end);
  const handle = await orSay(path, async () => {
    await writeFile(marker, identity);
    const table = await open(path, kept === undefined ? 'w' : 'r+');
    await writeAll(table, start, 0);
    await table.truncate(Buffer.byteLength(start));
    return table;
  });
  let position = Buffer.byteLength(start);
  return {
    filesDone: kept?.files ?? 0,
    append: (rows) =>
      orSay(path, async () => {
        position += await writeAll(handle, rows, position);
      }),
    finish: async () => {
      await handle.close();
      await rm(marker, { force: true });
    },
    close: () => handle.close(),
  };
}

/** What a table holds, without half a character at its end; undefined when there is none. */
async function readText(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.replace(/\uFFFD+$/, '');
}

async function writeAll(handle: FileHandle, text: string, position: number): Promise<number> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
  return bytes.length;
}

/**
 * How far a table holds all rows of the files in their order. Nobody knows whether the last file with a row has all its
 * rows (spans), so that one is done again.
 */
function wholeRows(text: string, from: number, files: readonly string[], path: string): { files: number; end: number } {
  let begun = 0;
  let startOfFile = from;
  for (let position = from; position < text.length;) {
    const next = rowEnd(text, position, files[begun]);
    const end = next ?? rowEnd(text, position, files[begun - 1]);
    if (end === undefined) {
      throw new SerError(
        'BadConfig',
        'holds an interrupted batch of other files',
        path,
        'Name the same files to go on with it, or another --out, or remove it.',
      );
    }
    if (end === CUT_SHORT) break;
    if (next !== undefined) {
      begun += 1;
      startOfFile = position;
    }
    position = end;
  }
  return begun === 0 ? { files: 0, end: from } : { files: begun - 1, end: startOfFile };
}

const CUT_SHORT = -1;

/** Where a row of a file ends that begins at a position; undefined when none of this file does. */
function rowEnd(text: string, position: number, file: string | undefined): number | undefined {
  if (file === undefined) return undefined;
  for (const start of rowStarts(file)) {
    if (text.startsWith(start, position)) return text.indexOf('\n', position + start.length) + 1 || CUT_SHORT;
    if (start.startsWith(text.slice(position))) return CUT_SHORT;
  }
  return undefined;
}

/** How a row of a file begins, in either format; line breaks can only be in the file's name. */
function rowStarts(file: string): string[] {
  return [`${csvLine([file])},`, `{"file":${JSON.stringify(file)},`];
}

async function orSay<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw outFailure(error, path);
  }
}
