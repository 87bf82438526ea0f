import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../store/keys.js';
import type { Measured } from './inspectEntry.js';
import type { ListedFile } from './source.js';

/** Changes when the same bytes would be measured otherwise: what an older program found is then forgotten. */
const VERSION = 1;

/**
 * Within this time after a file was written, it may be written again and bear the same times: FAT counts in two seconds,
 * other file systems in some milliseconds.
 */
const COARSEST_CLOCK_MS = 2000;

/** Answers for files that have not changed since an earlier look what that look found. */
export interface InspectionIndex {
  /** Undefined for a file that was not looked at, has changed since, or is made anew whenever it is read. */
  find(file: ListedFile): Measured | undefined;
  /**
   * Remembers what was found, unless the file may have changed unseen.
   *
   * @param readAtMs when the reading began
   */
  add(file: ListedFile, measured: Measured, readAtMs: number): void;
  /** Keeps what is known of the files that were found or added, and forgets all others. */
  save(): Promise<void>;
}

/**
 * What is known of the files of one source, kept in the cache. A file is known by where it lies and its {@link FileState};
 * one within an archive by the state of the archive, its place in it, its size and checksum. An index that cannot be read,
 * is damaged, or was written by another version is as good as none.
 *
 * @param spec the source, as an absolute path or a remote name
 */
export async function openInspectionIndex(cacheFolder: string, spec: string): Promise<InspectionIndex> {
  const folder = join(cacheFolder, 'inspected');
  const path = join(folder, `${sha256Of(spec).slice(0, 24)}.json`);
  const before = await readIndex(path);
  const now = new Map<string, Measured>();
  let added = 0;
  return {
    find(file) {
      const name = nameOf(file);
      const measured = name === undefined ? undefined : before.get(name);
      if (name !== undefined && measured !== undefined) now.set(name, measured);
      return measured;
    },
    add(file, measured, readAtMs) {
      const name = nameOf(file);
      const { place } = file;
      if (name === undefined || !('state' in place) || readAtMs - place.state.changedMs <= COARSEST_CLOCK_MS) return;
      now.set(name, measured);
      added += 1;
    },
    async save() {
      if (added > 0 || now.size < before.size) await writeIndex(folder, path, now);
    },
  };
}

function nameOf({ sizeBytes, place }: ListedFile): string | undefined {
  switch (place.kind) {
    case 'file':
      return `${place.path} ${place.state.mark}`;
    case 'zip': {
      const { archive, state, offset, packedBytes, method, crc32 } = place;
      return `${archive} ${state.mark} ${[offset, packedBytes, method, crc32, sizeBytes].join(' ')}`;
    }
    case 'tar':
      return `${place.archive} ${place.state.mark} ${place.offset} ${sizeBytes}`;
    case 'demo':
    case 'unreadable':
      return undefined;
  }
}

/** The first line is the version and the hash of what follows it. */
async function readIndex(path: string): Promise<Map<string, Measured>> {
  try {
    const text = await readFile(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== headOf(body)) return new Map();
    return new Map(JSON.parse(body) as [string, Measured][]);
  } catch {
    return new Map();
  }
}

async function writeIndex(folder: string, path: string, known: ReadonlyMap<string, Measured>): Promise<void> {
  const body = JSON.stringify([...known]);
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, `${headOf(body)}\n${body}`);
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined); // a full disk costs the next look its time, no more
  }
}

function headOf(body: string): string {
  return `ser inspection ${VERSION} ${sha256Of(body)}`;
}
