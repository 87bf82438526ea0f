import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { messageOf, SerError } from '../contracts/errors.js';
import {
  createLabeller,
  isTableName,
  type LabelTable,
  LISTED_BUT_MISSING,
  missingFrom,
  readLabelTables,
} from './labels.js';
import { type AudioSource, isAudioName, listedSource, type SourceEntry, unreadableEntry } from './source.js';

const STORED = 0;
const DEFLATED = 8;
const LOCAL_HEADER_BYTES = 30;
const MAX_ENTRY_BYTES = 1024 ** 3;
/** Deflate makes of silence at most 1/1032; a recording that shrinks to less than a hundredth is small or a bomb. */
const MAX_RATIO = 100;
const HARMLESS_BYTES = 64 * 1024 ** 2;

/**
 * The recordings within a .zip archive, read one by one at their place; nothing is unpacked to disk. An entry whose name
 * leads out of the archive or whose size is absurd is an entry whose `read` fails.
 *
 * @throws SerError `DataRefused` for a file that is no whole archive, and for one under a password
 */
export async function openZip(spec: string, archive: string): Promise<AudioSource> {
  const name = basename(archive);
  const all = (await readDirectory(archive)).sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  const recordings = all.filter(({ fileName }) => isAudioName(fileName));
  const locked = recordings.find((entry) => entry.isEncrypted());
  if (locked !== undefined) {
    throw new SerError(
      'DataRefused',
      `the archive is protected by a password (first at ${locked.fileName})`,
      archive,
      'Unpack it with its password and name the folder instead.',
    );
  }
  const corpus = name.replace(/\.zip$/i, '');
  const table = await readTables(archive, all, corpus);
  const labels = createLabeller(table, corpus);
  const names = all.map(({ fileName }) => fileName);
  return listedSource(spec, 'zip', [
    ...recordings.map((entry): SourceEntry => ({
      path: `${name}/${entry.fileName}`,
      sizeBytes: entry.uncompressedSize,
      facts: labels(entry.fileName),
      read: () => readEntry(archive, entry),
    })),
    ...missingFrom(names, table).map((path) => unreadableEntry(`${name}/${path}`, labels(path), LISTED_BUT_MISSING)),
  ]);
}

async function readDirectory(archive: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    const zip = await yauzl.openPromise(archive, { lazyEntries: true, decodeStrings: false });
    for await (const entry of zip.eachEntry()) {
      entry.fileName = yauzl.getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileNameRaw,
        entry.extraFields,
        false,
      );
      if (!entry.fileName.endsWith('/')) entries.push(entry);
    }
  } catch (error) {
    throw new SerError(
      'DataRefused',
      `is no .zip archive, or not all of one (${messageOf(error)})`,
      archive,
      'Fetch or pack it again.',
      { cause: error },
    );
  }
  return entries;
}

async function readTables(archive: string, entries: readonly Entry[], corpus: string): Promise<LabelTable> {
  const tables = entries
    .filter(({ fileName }) => isTableName(fileName))
    .map(async (entry) => [entry.fileName, new TextDecoder().decode(await readEntry(archive, entry))] as const);
  return readLabelTables(await Promise.all(tables), corpus);
}

/** Why an entry must not be read; undefined when it may. */
function refusal(entry: Entry): string | undefined {
  const badName = yauzl.validateFileName(entry.fileName);
  if (badName !== null) return `its name leads out of the archive (${badName})`;
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `is packed by method ${entry.compressionMethod}; only stored and deflated entries are read`;
  }
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  const absurd = ratio > MAX_RATIO && entry.uncompressedSize > HARMLESS_BYTES;
  return absurd || Math.max(entry.uncompressedSize, entry.compressedSize) > MAX_ENTRY_BYTES
    ? `would unpack to ${entry.uncompressedSize} bytes from ${entry.compressedSize}`
    : undefined;
}

async function readEntry(archive: string, entry: Entry): Promise<Uint8Array> {
  const refused = refusal(entry);
  if (refused !== undefined) throw new SerError('BadInput', refused, entry.fileName);
  try {
    const packed = await readPacked(archive, entry);
    const bytes =
      entry.compressionMethod === STORED
        ? packed
        : await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
    if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
      throw new Error('its checksum does not agree');
    }
    return bytes;
  } catch (error) {
    throw new SerError('BadInput', `is damaged in the archive (${messageOf(error)})`, entry.fileName, '', {
      cause: error,
    });
  }
}

/** The packed bytes stand behind the entry's local header, whose own name and extra field have lengths of their own. */
async function readPacked(archive: string, entry: Entry): Promise<Buffer> {
  const file = await open(archive);
  try {
    const header = Buffer.alloc(LOCAL_HEADER_BYTES);
    await file.read(header, 0, LOCAL_HEADER_BYTES, entry.relativeOffsetOfLocalHeader);
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error('no entry stands where the directory says');
    const start =
      entry.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = Buffer.alloc(entry.compressedSize);
    const { bytesRead } = await file.read(packed, 0, packed.length, start);
    if (bytesRead !== packed.length) throw new Error('the archive ends within it');
    return packed;
  } finally {
    await file.close();
  }
}
