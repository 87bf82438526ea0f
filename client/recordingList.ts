import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SerError } from '../core/contracts/errors.js';
import { parseCsv } from '../core/corpora/csv.js';
import { filesBelow } from '../core/corpora/folder.js';
import { isAudioName } from '../core/corpora/source.js';

/** A recording on standard input. */
export const STDIN = '-';

/** How the column of a list is called that names the files. */
const FILE_COLUMNS = ['file', 'path', 'filename'];
const SPEAKER_COLUMN = 'speaker';

/**
 * The files that words of a command line name, each once, in a stable order: files; folders with everything below them; patterns
 * with `*`, `?`, `[...]` and `**`; lists (`.csv`, a column `file` or the first one, relative to the list); `-`.
 *
 * @throws SerError `BadConfig` for a word that names nothing, `DataRefused` for folders without recordings
 */
export async function listRecordings(words: readonly string[], workingFolder: string): Promise<string[]> {
  const found: string[] = [];
  for (const word of words) found.push(...(await filesOf(word, workingFolder)));
  if (found.length > 0) return [...new Set(found)];
  throw new SerError(
    'DataRefused',
    'there are no recordings',
    words.join(', '),
    'Name files, or folders that hold .wav files.',
  );
}

async function filesOf(word: string, workingFolder: string): Promise<string[]> {
  if (word === STDIN) return [STDIN];
  const info = await stat(resolve(workingFolder, word)).catch(() => undefined);
  if (info?.isDirectory() === true) return recordingsBelow(word, workingFolder);
  if (info !== undefined) return /\.csv$/i.test(word) ? listedFiles(word, workingFolder) : [word];
  const matching = /[*?[]/.test(word) ? await matches(word, workingFolder) : [];
  if (matching.length > 0) return matching;
  throw new SerError(
    'BadConfig',
    'there is no such file or folder',
    word,
    'Name recordings, folders of them, patterns such as "calls/**/*.wav", or a .csv list.',
  );
}

async function recordingsBelow(folder: string, workingFolder: string): Promise<string[]> {
  return (await namesBelow(resolve(workingFolder, folder))).map((name) => join(folder, name));
}

/** Recordings below a folder, in order of their names; with them, what cannot be read, which then says why. */
async function namesBelow(folder: string): Promise<string[]> {
  const files = await filesBelow(folder);
  return files
    .filter(({ path, place }) => isAudioName(path) || place.kind === 'unreadable')
    .map(({ path }) => path)
    .sort();
}

async function listedFiles(list: string, workingFolder: string): Promise<string[]> {
  return (await readList(list, workingFolder)).map(({ file }) => file);
}

/** The rows of a list: its files, as this folder names them, and who speaks in them if it says so. */
async function readList(list: string, workingFolder: string): Promise<{ file: string; speaker: string }[]> {
  const rows = parseCsv(await readFile(resolve(workingFolder, list), 'utf8'));
  const header = (rows[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const named = header.findIndex((cell) => FILE_COLUMNS.includes(cell));
  const speakers = named < 0 ? -1 : header.indexOf(SPEAKER_COLUMN);
  return rows.slice(named < 0 ? 0 : 1).flatMap((row) => {
    const name = row[Math.max(named, 0)] ?? '';
    if (name === '') return [];
    const file = name.startsWith('/') ? name : join(dirname(list), name);
    return [{ file, speaker: (row[speakers] ?? '').trim() }];
  });
}

/** Who speaks in the files of lists (`.csv`, columns `file` and `speaker`), by the names that `listRecordings` gives them. */
export async function listSpeakers(words: readonly string[], workingFolder: string): Promise<Map<string, string>> {
  const speakers = new Map<string, string>();
  for (const word of words.filter((name) => /\.csv$/i.test(name))) {
    for (const { file, speaker } of await readList(word, workingFolder)) speakers.set(file, speaker);
  }
  return speakers;
}

async function matches(pattern: string, workingFolder: string): Promise<string[]> {
  const parts = pattern.split('/');
  const fixed = parts
    .slice(
      0,
      parts.findIndex((part) => /[*?[]/.test(part)),
    )
    .join('/');
  const base = pattern.startsWith('/') && fixed === '' ? '/' : fixed;
  const test = patternOf(parts.slice(fixed === '' && !pattern.startsWith('/') ? 0 : fixed.split('/').length).join('/'));
  const recursive = pattern.includes('**') || test.depth > 1;
  const folder = resolve(workingFolder, base);
  const names = await (recursive ? namesBelow(folder) : readdir(folder)).catch(() => []);
  return names
    .filter((name) => isAudioName(name) && test.expression.test(name))
    .sort()
    .map((name) => join(base, name));
}

/** The pattern of a shell as an expression over `/`-separated names. */
function patternOf(pattern: string): { expression: RegExp; depth: number } {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|[.+^${}()|\\\][]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1) return token.replace(/^\[!/, '[^');
    return `\\${token}`;
  });
  return { expression: new RegExp(`^${source}$`), depth: pattern.split('/').length };
}
