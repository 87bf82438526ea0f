import { inspectAudio } from '../../core/audio/inspectAudio.js';
import { type Measured, measureEntry, utteranceOf } from '../../core/corpora/inspectEntry.js';
import { readEntry } from '../../core/corpora/readEntry.js';
import type { SourceEntry } from '../../core/corpora/source.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { audioKey, sizesOfAudio } from '../objects/audio.js';
import { inParallel } from '../objects/parallel.js';
import type { Job } from './job.js';

/** While some are on their way to the store, others are decoded. */
const FILES_AT_A_TIME = 8;

/** Memory of larger files is not kept. */
const LARGEST_KEPT = 1 << 22;

/**
 * Memory that files are read to, one file each at a time, over and over: memory of their own for thousands of files costs
 * more than to hash them, since the system clears it page by page and the collector runs for it.
 */
const rooms: Uint8Array[] = [];

export type InspectFilesInput = {
  entries: SourceEntry[];
  /** Whether usable recordings go into the store; a dry run only looks. */
  upload: boolean;
  /** The same for all batches of one inspection: what stands in the store is listed once for them. */
  inspection: string;
};

/** What was found, and when the reading began; undefined for a file whose bytes could not be had. */
export type InspectedFile = { measured: Measured; readAtMs: number | undefined };

/** Hashes, decodes and measures some files of a source and puts the usable ones into the store. */
export const inspectFiles: Job<InspectFilesInput, InspectedFile[]> = async (input, context) => {
  const { entries, upload, inspection } = input;
  const store = upload ? await context.store() : undefined;
  const standing = store && (await standingAudio(store, inspection));
  return inParallel(FILES_AT_A_TIME, entries, async (entry) => {
    const room = rooms.pop() ?? new Uint8Array(0);
    const readAtMs = Date.now();
    const { measured, bytes } = await measureEntry(entry, inspectAudio, () => readEntry(entry, room));
    const utterance = utteranceOf(entry, measured);
    const key = audioKey(utterance);
    const wanted = bytes !== undefined && utterance.status === 'ok' && standing?.get(key) !== bytes.byteLength;
    if (store !== undefined && wanted) await send(store, key, entry, bytes, measured.sha256);
    const larger = bytes !== undefined && bytes.length > room.length ? bytes : room;
    if (larger.length <= LARGEST_KEPT) rooms.push(larger);
    return { measured, readAtMs: bytes === undefined ? undefined : readAtMs };
  });
};

/** A plain file is cloned into a store that is a folder, unless it has changed since it was read. */
async function send(
  store: ObjectStore,
  key: string,
  { place }: SourceEntry,
  bytes: Uint8Array,
  sha256: string,
): Promise<void> {
  if (place.kind === 'file' && store.url.startsWith('file:')) {
    const { etag } = await store.putFile(key, place.path);
    if (key.includes(etag)) return;
  }
  await store.put(key, bytes, sha256);
}

let latest: { inspection: string; sizes: Promise<Map<string, number>> } | undefined;

function standingAudio(store: ObjectStore, inspection: string): Promise<Map<string, number>> {
  if (latest?.inspection !== inspection) latest = { inspection, sizes: sizesOfAudio(store) };
  return latest.sizes;
}
