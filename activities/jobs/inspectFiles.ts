import { inspectAudio } from '../../core/audio/inspectAudio.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { inspectEntry } from '../../core/corpora/inspectEntry.js';
import { openSource } from '../../core/corpora/openSource.js';
import type { SourceEntry } from '../../core/corpora/source.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { audioKey } from '../objects/audio.js';
import type { Job } from './job.js';

export type InspectFilesInput = {
  /** What `--data` named. */
  source: string;
  /** Which of its entries, in its own order. */
  from: number;
  to: number;
  /** Whether usable recordings go into the store; a dry run only looks. */
  upload: boolean;
};

/** Hashes, decodes and measures some files of a source and puts the usable ones into the store. */
export const inspectFiles: Job<InspectFilesInput, Utterance[]> = async (input, context) => {
  const entries = await entriesOf(input.source);
  const store = input.upload ? await context.store() : undefined;
  const rows: Utterance[] = [];
  for (const entry of entries.slice(input.from, input.to)) {
    const { utterance, bytes } = await inspectEntry(entry, inspectAudio);
    if (store !== undefined && bytes !== undefined && utterance.status === 'ok') {
      await upload(store, entry, utterance, bytes);
    }
    rows.push(utterance);
  }
  return rows;
};

/** A recording's name is its hash, so one that stands with its size is never sent again. */
async function upload(store: ObjectStore, entry: SourceEntry, row: Utterance, bytes: Uint8Array): Promise<void> {
  const key = audioKey(row);
  if ((await store.head(key))?.sizeBytes === bytes.byteLength) return;
  if (entry.localPath === undefined) await store.put(key, bytes);
  else await store.putFile(key, entry.localPath);
}

/** The source that this thread looked at last, so that a folder is not listed once a batch. */
let latest: { source: string; entries: Promise<SourceEntry[]>; listedAt: number } | undefined;
const LISTING_STAYS_FRESH_MS = 60_000;

function entriesOf(source: string): Promise<SourceEntry[]> {
  if (latest?.source !== source || Date.now() - latest.listedAt > LISTING_STAYS_FRESH_MS) {
    latest = { source, entries: list(source), listedAt: Date.now() };
  }
  return latest.entries;
}

async function list(source: string): Promise<SourceEntry[]> {
  const opened = await openSource(source);
  const entries: SourceEntry[] = [];
  for await (const entry of opened.entries()) entries.push(entry);
  return entries;
}
