import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { messageOf, SerError } from '../contracts/errors.js';
import { refuseEntry, unreadable } from './archiveLimits.js';
import { type FileState, lookAtFile } from './fileState.js';
import { isTableName } from './labelTables.js';
import { isAudioName, type ListedFile, type Listing, type Place } from './source.js';

const STORED = 0;
const DEFLATED = 8;
const LOCAL_HEADER_BYTES = 30;

/**
 * The files within a .zip archive, each of which can be read by itself at its place. An entry whose name leads out of the
 * archive or whose size is absurd is listed as unreadable.
 *
 * @throws SerError `DataRefused` for a file that is no whole archive, and for one under a password
 */
export async function listZip(archive: string): Promise<Listing> {
  const { state } = await lookAtFile(archive);
  const entries = (await readDirectory(archive)).sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  const locked = entries.find((entry) => entry.isEncrypted() && isAudioName(entry.fileName));
  if (locked !== undefined) {
    throw new SerError(
      'DataRefused',
      `the archive is protected by a password (first at ${locked.fileName})`,
      archive,
      'Unpack it with its password and name the folder instead.',
    );
  }
  const files = entries.map((entry): ListedFile => ({
    path: entry.fileName,
    sizeBytes: entry.uncompressedSize,
    place: placeOf(archive, state, entry),
  }));
  const tables = files
    .filter(({ path }) => isTableName(path))
    .map(async (file) => [file.path, new TextDecoder().decode(await readZipFile(file))] as const);
  return { files, tables: await Promise.all(tables) };
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

function placeOf(archive: string, state: FileState, entry: Entry): Place {
  const { fileName, compressionMethod: method, compressedSize: packedBytes } = entry;
  const refusal = refuseEntry(fileName, entry.uncompressedSize, packedBytes);
  if (refusal !== undefined) return unreadable(refusal);
  if (method !== STORED && method !== DEFLATED) {
    return unreadable(`is packed by method ${method}; only stored and deflated entries are read`);
  }
  const { relativeOffsetOfLocalHeader: offset, crc32 } = entry;
  return { kind: 'zip', archive, state, offset, packedBytes, method, crc32 };
}

/** @throws SerError `BadInput` for an entry that is not to be read, is damaged, or is not there any more */
export async function readZipFile({ path, sizeBytes, place }: ListedFile): Promise<Uint8Array> {
  if (place.kind !== 'zip') {
    throw new SerError('BadInput', place.kind === 'unreadable' ? place.reason : 'lies in no .zip archive', path);
  }
  try {
    const packed = await readPacked(place.archive, place.offset, place.packedBytes);
    const bytes =
      place.method === STORED
        ? packed
        : await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, sizeBytes) });
    if (bytes.length !== sizeBytes || crc32(bytes) !== place.crc32) throw new Error('its checksum does not agree');
    return bytes;
  } catch (error) {
    throw new SerError('BadInput', `is damaged in the archive (${messageOf(error)})`, path, '', { cause: error });
  }
}

/** The packed bytes stand behind the entry's local header, whose own name and extra field have lengths of their own. */
async function readPacked(archive: string, offset: number, packedBytes: number): Promise<Buffer> {
  const file = await open(archive);
  try {
    const header = Buffer.alloc(LOCAL_HEADER_BYTES);
    await file.read(header, 0, LOCAL_HEADER_BYTES, offset);
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error('no entry stands where the directory says');
    const start = offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = Buffer.alloc(packedBytes);
    const { bytesRead } = await file.read(packed, 0, packedBytes, start);
    if (bytesRead !== packedBytes) throw new Error('the archive ends within it');
    return packed;
  } finally {
    await file.close();
  }
}
