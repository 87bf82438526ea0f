import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, SerError } from '../contracts/errors.js';
import { refuseEntry, unreadable } from './archiveLimits.js';
import { lookAtFile } from './fileState.js';
import { isTableName } from './labelTables.js';
import type { ListedFile, Listing } from './source.js';

const BLOCK = 512;
/** A name or an extended header longer than this is none. */
const MAX_HEADER_TEXT = 1024 ** 2;

/**
 * The files within a .tar archive, each of which can be read by itself at its place. Reads the formats of POSIX (ustar,
 * pax) and GNU; links and devices are passed over.
 *
 * @throws SerError `DataRefused` for a file that is no whole archive
 */
export async function listTar(archive: string): Promise<Listing> {
  const file = await open(archive);
  try {
    const files = await readHeaders(archive, file);
    const tables: [string, string][] = [];
    for (const listed of files.filter(({ path }) => isTableName(path))) {
      tables.push([listed.path, new TextDecoder().decode(await readTarFile(listed))]);
    }
    return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), tables };
  } catch (error) {
    if (error instanceof SerError) throw error;
    throw new SerError(
      'DataRefused',
      `is no .tar archive, or not all of one (${messageOf(error)})`,
      archive,
      'Fetch or pack it again.',
      { cause: error },
    );
  } finally {
    await file.close();
  }
}

/** What an extended header says of the entry that follows it. */
type Override = { path?: string | undefined; size?: number | undefined };

async function readHeaders(archive: string, file: FileHandle): Promise<ListedFile[]> {
  const { sizeBytes: archiveBytes, state } = await lookAtFile(file);
  const files: ListedFile[] = [];
  let override: Override = {};
  for (let position = 0; ;) {
    const header = await readAt(file, position, BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    checkSum(header);
    const type = String.fromCharCode(header[156] || 0x30);
    const sizeBytes = override.size ?? numberField(header, 124, 12);
    const offset = position + BLOCK;
    if (offset + sizeBytes > archiveBytes) throw new Error('it ends within an entry');
    position = offset + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if (type === 'x' || type === 'L') {
      if (sizeBytes > MAX_HEADER_TEXT) throw new Error('a header is absurdly long');
      const text = await readAt(file, offset, sizeBytes);
      override = type === 'L' ? { ...override, path: textField(text, 0, sizeBytes) } : paxOverride(text);
      continue;
    }
    if (type === '0' || type === '7') {
      const path = (override.path ?? ustarName(header)).replace(/^(\.\/)+/, '');
      const refusal = refuseEntry(path, sizeBytes, sizeBytes);
      const place = refusal === undefined ? ({ kind: 'tar', archive, state, offset } as const) : unreadable(refusal);
      files.push({ path, sizeBytes, place });
    }
    if (type !== 'g' && type !== 'K') override = {};
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('it ends without its end mark');
  return buffer;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checkSum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += header[index]!;
  if (sum !== numberField(header, 148, 8)) throw new Error('a header is damaged');
}

/** Octal digits, or GNU's binary form for large numbers. */
function numberField(header: Buffer, start: number, length: number): number {
  if ((header[start]! & 0x80) !== 0) return Number(header.readBigUInt64BE(start + length - 8));
  const digits = textField(header, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('a header is damaged');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function textField(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function ustarName(header: Buffer): string {
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textField(header, 345, 155) : '';
  return (prefix && `${prefix}/`) + textField(header, 0, 100);
}

/** Records of the form `LENGTH NAME=VALUE\n`, the length that of the whole record. */
function paxOverride(text: Buffer): Override {
  const values = new Map<string, string>();
  for (let position = 0; position < text.length;) {
    const space = text.indexOf(' ', position);
    const length = Number(text.toString('latin1', position, space));
    if (space < 0 || !(length > 0)) throw new Error('an extended header is damaged');
    const record = text.toString('utf8', space + 1, position + length - 1);
    const equals = record.indexOf('=');
    values.set(record.slice(0, equals), record.slice(equals + 1));
    position += length;
  }
  const size = values.get('size');
  return { path: values.get('path'), size: size === undefined ? undefined : Number(size) };
}

/** @throws SerError `BadInput` for an entry that is not to be read, or is not there any more */
export async function readTarFile({ path, sizeBytes, place }: ListedFile): Promise<Uint8Array> {
  if (place.kind !== 'tar') {
    throw new SerError('BadInput', place.kind === 'unreadable' ? place.reason : 'lies in no .tar archive', path);
  }
  const file = await open(place.archive);
  try {
    return await readAt(file, place.offset, sizeBytes);
  } catch (error) {
    throw new SerError('BadInput', `is damaged in the archive (${messageOf(error)})`, path, '', { cause: error });
  } finally {
    await file.close();
  }
}
