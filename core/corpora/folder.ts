import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SerError } from '../contracts/errors.js';
import { whyUnreadable } from './fileAccess.js';
import { isTableName } from './labelTables.js';
import { isAudioName, type ListedFile, type Listing } from './source.js';

/**
 * Every file below a folder, by path; hidden folders are left alone. Links are followed, each folder is entered once, so
 * circles of links end. A recording or folder that cannot be read is listed all the same, as unreadable.
 *
 * @throws SerError `BadConfig` when the folder itself cannot be read
 */
export async function listFolder(folder: string): Promise<Listing> {
  const files: ListedFile[] = [];
  await walk(folder, '', new Set(), files);
  const tables = files
    .filter(({ path, place }) => isTableName(path) && place.kind === 'file')
    .map(async ({ path }) => [path, await readFile(join(folder, path), 'utf8')] as const);
  return { files, tables: await Promise.all(tables) };
}

async function walk(root: string, relative: string, entered: Set<string>, files: ListedFile[]): Promise<void> {
  const folder = join(root, relative);
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of (await readdir(folder)).sort()) {
      await visit(root, relative === '' ? name : `${relative}/${name}`, entered, files);
    }
  } catch (error) {
    const reason = whyUnreadable(error);
    if (relative === '') throw new SerError('BadConfig', reason, root, 'Give it read permission.', { cause: error });
    files.push({ path: relative, sizeBytes: 0, place: { kind: 'unreadable', reason } });
  }
}

async function visit(root: string, path: string, entered: Set<string>, files: ListedFile[]): Promise<void> {
  try {
    const info = await stat(join(root, path));
    if (info.isFile()) files.push({ path, sizeBytes: info.size, place: { kind: 'file', path: join(root, path) } });
    else if (info.isDirectory() && !basename(path).startsWith('.')) await walk(root, path, entered, files);
  } catch (error) {
    const reason = path.includes('\uFFFD') ? 'cannot be read: its name is not in UTF-8' : whyUnreadable(error);
    if (isAudioName(path)) files.push({ path, sizeBytes: 0, place: { kind: 'unreadable', reason } });
  }
}
