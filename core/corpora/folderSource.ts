import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
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

/** Something a walk over a folder came across, with the reason when it cannot be used. */
type Found = { path: string; sizeBytes: number; problem?: string };

/**
 * Every recording below a folder, by path; hidden folders are left alone. Links are followed, each folder is entered
 * once, so circles of links end. A file or folder that cannot be read, or that a table of labels lists and nobody finds,
 * is an entry all the same, one whose `read` fails.
 *
 * @throws SerError `BadConfig` when the folder itself cannot be read
 */
export async function openFolder(spec: string, folder: string): Promise<AudioSource> {
  const found: Found[] = [];
  await walk(folder, '', new Set(), found);
  const corpus = basename(folder);
  const table = await readTables(folder, found, corpus);
  const labels = createLabeller(table, corpus);
  const names = found.map(({ path }) => path);
  return listedSource(spec, 'folder', [
    ...found
      .filter(({ path, problem }) => problem !== undefined || isAudioName(path))
      .map(({ path, sizeBytes, problem }): SourceEntry => {
        if (problem !== undefined) return unreadableEntry(path, labels(path), problem);
        const localPath = join(folder, path);
        return { path, sizeBytes, localPath, facts: labels(path), read: () => readRecording(localPath, path) };
      }),
    ...missingFrom(names, table).map((path) => unreadableEntry(path, labels(path), LISTED_BUT_MISSING)),
  ]);
}

async function walk(root: string, relative: string, entered: Set<string>, found: Found[]): Promise<void> {
  const folder = join(root, relative);
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of (await readdir(folder)).sort()) {
      await visit(root, relative === '' ? name : `${relative}/${name}`, entered, found);
    }
  } catch (error) {
    const problem = whyUnreadable(error);
    if (relative === '') throw new SerError('BadConfig', problem, root, 'Give it read permission.', { cause: error });
    found.push({ path: relative, sizeBytes: 0, problem });
  }
}

async function visit(root: string, path: string, entered: Set<string>, found: Found[]): Promise<void> {
  try {
    const info = await stat(join(root, path));
    if (info.isFile()) found.push({ path, sizeBytes: info.size });
    else if (info.isDirectory() && !basename(path).startsWith('.')) await walk(root, path, entered, found);
  } catch (error) {
    const problem = path.includes('\uFFFD') ? 'cannot be read: its name is not in UTF-8' : whyUnreadable(error);
    if (isAudioName(path)) found.push({ path, sizeBytes: 0, problem });
  }
}

async function readTables(folder: string, found: readonly Found[], corpus: string): Promise<LabelTable> {
  const names = found.map(({ path }) => path).filter(isTableName);
  const tables = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
  return readLabelTables(await Promise.all(tables), corpus);
}

async function readRecording(localPath: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(localPath);
  } catch (error) {
    throw new SerError('BadInput', whyUnreadable(error), path, '', { cause: error });
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go in a circle',
  ENOENT: 'it is not there, or a link to nothing',
};

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `cannot be read: ${REASONS[code] ?? messageOf(error)}`;
}
