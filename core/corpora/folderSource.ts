import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, SerError } from '../contracts/errors.js';
import { createLabeller, type LabelTable, parseLabelTable } from './labels.js';
import { type AudioSource, isAudioName, listedSource, type SourceEntry } from './source.js';

/** What a walk over a folder found. */
type FoundFile = { path: string; sizeBytes: number; problem?: string };

/**
 * Every recording below a folder, by path. Links are followed, each folder is entered once, so circles of links end. A
 * file or folder that cannot be read is an entry all the same, one whose `read` fails.
 */
export async function openFolder(spec: string, folder: string): Promise<AudioSource> {
  const found: FoundFile[] = [];
  await walk(folder, '', new Set(), found);
  const corpus = basename(folder);
  const labels = createLabeller(await labelTables(folder, corpus), corpus);
  const entries = found
    .filter(({ path, problem }) => problem !== undefined || isAudioName(path))
    .map(({ path, sizeBytes, problem }): SourceEntry => {
      const localPath = join(folder, path);
      const read = (): Promise<Uint8Array> =>
        problem === undefined
          ? readRecording(localPath, path)
          : Promise.reject(new SerError('BadInput', problem, path));
      return { path, sizeBytes, localPath, facts: labels(path), read };
    });
  return listedSource(spec, 'folder', entries);
}

async function walk(root: string, relative: string, entered: Set<string>, found: FoundFile[]): Promise<void> {
  const folder = join(root, relative);
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    const names = (await readdir(folder)).sort();
    for (const name of names) {
      const path = relative === '' ? name : `${relative}/${name}`;
      await visit(root, path, entered, found);
    }
  } catch (error) {
    found.push({ path: relative || '.', sizeBytes: 0, problem: whyUnreadable(error) });
  }
}

async function visit(root: string, path: string, entered: Set<string>, found: FoundFile[]): Promise<void> {
  try {
    const info = await stat(join(root, path));
    if (info.isDirectory()) await walk(root, path, entered, found);
    else if (info.isFile()) found.push({ path, sizeBytes: info.size });
  } catch (error) {
    if (isAudioName(path)) found.push({ path, sizeBytes: 0, problem: whyUnreadable(error) });
  }
}

/** Tables of labels lie in the folder itself; a table of other columns is no business of ours. */
async function labelTables(folder: string, corpus: string): Promise<LabelTable> {
  const merged = new Map<string, NonNullable<SourceEntry['facts']>>();
  const names = await readdir(folder);
  for (const name of names.filter((candidate) => /\.csv$/i.test(candidate)).sort()) {
    const table = parseLabelTable(await readFile(join(folder, name), 'utf8'), corpus, name);
    for (const [path, facts] of table ?? []) merged.set(path, facts);
  }
  return merged;
}

async function readRecording(localPath: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(localPath);
  } catch (error) {
    throw new SerError('BadInput', whyUnreadable(error), path, '', { cause: error });
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ELOOP: 'cannot be read: its symbolic links go in a circle',
  ENOENT: 'cannot be read: it is not there, or a link to nothing',
};

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `cannot be read: ${messageOf(error)}`;
}
