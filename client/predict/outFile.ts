import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import type { Bundle } from '../../core/training/bundle.js';
import { csvLine } from '../format.js';
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
export function identityOf({ stages, scaler, metadata }: Bundle, windows: object | undefined): string {
  const hash = createHash('sha256');
  for (const { kernel, bias, scale, shift } of stages)
    for (const values of [kernel, bias, scale, shift]) hash.update(values);
  hash.update(JSON.stringify([scaler, metadata.labels, metadata.featureSet, windows ?? null]));
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
  const text = begun === identity ? await readFile(path, 'utf8').catch(() => '') : '';
  const kept = text.startsWith(head) ? wholeRows(text, head.length, files, path) : undefined;
  const handle = await orSay(path, async () => {
    await writeFile(marker, identity);
    const table = await open(path, kept === undefined ? 'w' : 'r+');
    const start = kept === undefined ? '' : text.slice(0, kept.end);
    await table.truncate(Buffer.byteLength(start));
    if (kept === undefined) await table.write(head, 0);
    return table;
  });
  let position = Buffer.byteLength(kept === undefined ? head : text.slice(0, kept.end));
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

async function writeAll(handle: FileHandle, text: string, position: number): Promise<number> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
  return bytes.length;
}

/**
 * How far a table holds whole rows of the files in their order. A file may have several rows (spans); of the last one,
 * whose rows may not all be there, none is kept unless there is one row a file.
 */
function wholeRows(text: string, from: number, files: readonly string[], path: string): { files: number; end: number } {
  const end = text.lastIndexOf('\n') + 1;
  let position = from;
  let done = 0;
  let startOfFile = from;
  const beginsWith = (file: string | undefined) =>
    file !== undefined && rowStarts(file).some((start) => text.startsWith(start, position));
  while (position < end) {
    if (done > 0 && beginsWith(files[done - 1]) && files[done - 1] !== files[done]) {
      // another span of the same file
    } else if (beginsWith(files[done])) {
      startOfFile = position;
      done += 1;
    } else {
      throw new SerError(
        'BadConfig',
        'holds an interrupted batch of other files',
        path,
        'Name the same files to go on with it, or another --out, or remove it.',
      );
    }
    position = text.indexOf('\n', position + rowStarts(files[done - 1]!)[0]!.length) + 1;
    if (position === 0) break;
  }
  return done === 0 ? { files: 0, end: from } : { files: done - 1, end: startOfFile };
}

/** How a row of a file begins, in either format; line breaks can only be in the file's name. */
function rowStarts(file: string): string[] {
  return [`${csvLine([file])},`, `{"file":${JSON.stringify(file)},`];
}

async function orSay<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SerError) throw error;
    throw new SerError('StoreUnavailable', messageOf(error), path, 'Choose another --out.', { cause: error });
  }
}
