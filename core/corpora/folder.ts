import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { SerError } from '../contracts/errors.js';
import { whyUnreadable } from './fileAccess.js';
import { type FileInfo, lookAtFile } from './fileState.js';
import { isTableName } from './labelTables.js';
import { isAudioName, type ListedFile, type Listing } from './source.js';

/**
 * Every file below a folder, and what the tables among them say.
 *
 * @throws SerError `BadConfig` when the folder itself cannot be read
 */
export async function listFolder(folder: string): Promise<Listing> {
  const files = await filesBelow(folder);
  const tables = files
    .filter(({ path, place }) => isTableName(path) && place.kind === 'file')
    .map(async ({ path }) => [path, await readFile(join(folder, path), 'utf8')] as const);
  return { files, tables: await Promise.all(tables) };
}

/**
 * Every file below a folder, by path; hidden folders are left alone. Links are followed, each folder is entered once, so
 * circles of links end. A recording or folder that cannot be read is listed all the same, as unreadable.
 *
 * @throws SerError `BadConfig` when the folder itself cannot be read
 */
export async function filesBelow(folder: string): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  await walk(folder, '', new Set(), files);
  return files;
}

async function walk(root: string, relative: string, entered: Set<string>, files: ListedFile[]): Promise<void> {
  const folder = join(root, relative);
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    const names = await readdir(folder, { withFileTypes: true });
    const children = names
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (child) => ({ child, look: await lookAtFile(join(folder, child.name)).catch(failureOf) }));
    for (const { child, look } of await Promise.all(children)) {
      const path = relative === '' ? child.name : `${relative}/${child.name}`;
      if ('failure' in look) files.push(...unreadableChild(path, child, look.failure));
      else if (look.isFile) files.push(listedFile(root, path, look));
      else if (look.isFolder && !child.name.startsWith('.')) await walk(root, path, entered, files);
    }
  } catch (error) {
    const reason = whyUnreadable(error);
    if (relative === '') throw new SerError('BadConfig', reason, root, 'Give it read permission.', { cause: error });
    files.push({ path: relative, sizeBytes: 0, place: { kind: 'unreadable', reason } });
  }
}

function failureOf(failure: unknown): { failure: unknown } {
  return { failure };
}

function listedFile(root: string, path: string, { sizeBytes, state }: FileInfo): ListedFile {
  return { path, sizeBytes, place: { kind: 'file', path: join(root, path), state } };
}

/** A recording or folder that cannot be looked at; anything else is passed over. */
function unreadableChild(path: string, child: Dirent, failure: unknown): ListedFile[] {
  if (!isAudioName(path) && !child.isDirectory()) return [];
  return [{ path, sizeBytes: 0, place: { kind: 'unreadable', reason: whyUnreadable(failure, path) } }];
}
