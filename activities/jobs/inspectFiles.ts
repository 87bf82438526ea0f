import { inspectAudio } from '../../core/audio/inspectAudio.js';
import { flawOf, type Measured, measureEntry } from '../../core/corpora/inspectEntry.js';
import { readEntry } from '../../core/corpora/readEntry.js';
import type { SourceEntry } from '../../core/corpora/source.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { audioKey } from '../objects/audio.js';
import { inParallel } from '../objects/parallel.js';
import { sizesOfStanding, type StandingAudio } from '../objects/standingAudio.js';
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
  /** The recordings that the store holds already: usable ones that are not among them go there. Left out, it only looks. */
  standing?: StandingAudio;
};

/** What was found, and when the reading began; undefined for a file whose bytes could not be had. */
export type InspectedFile = { measured: Measured; readAtMs: number | undefined };

/** Hashes, decodes and measures some files of a source and puts the usable ones into the store. */
export const inspectFiles: Job<InspectFilesInput, InspectedFile[]> = async (input, context) => {
  const { entries } = input;
  const store = input.standing && (await context.store());
  const standing = input.standing && sizesOfStanding(input.standing);
  return inParallel(FILES_AT_A_TIME, entries, async (entry) => {
    const room = rooms.pop() ?? new Uint8Array(0);
    const readAtMs = Date.now();
    const { measured, bytes } = await measureEntry(entry, inspectAudio, () => readEntry(entry, room));
    if (store !== undefined && bytes !== undefined && flawOf(entry, measured) === '') {
      const key = audioKey({ sha256: measured.sha256, path: entry.path });
      if (standing?.get(key) !== bytes.length) await send(store, key, entry, bytes, measured.sha256);
    }
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
