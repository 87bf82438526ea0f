import { open, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { EMOTIONS } from '../contracts/emotions.js';
import { SerError } from '../contracts/errors.js';
import { remoteSpec } from './dataSpec.js';
import { openDemo } from './demo/demoSource.js';
import type { RemoteAccess } from './download/access.js';
import { fetchRemote } from './download/fetchRemote.js';
import { whyUnreadable } from './fileAccess.js';
import { lookAtFile } from './fileState.js';
import { listFolder } from './folder.js';
import { createVocabulary, type LabelMap, type Vocabulary } from './labelMap.js';
import { labelEntries, unlabelledFolders } from './labels.js';
import { readLabelTables } from './labelTables.js';
import { type AudioSource, isArchiveName, type ListedFile, type Listing } from './source.js';
import { listTar } from './tarArchive.js';
import { unpackGzip } from './unpackGzip.js';
import { listZip } from './zipArchive.js';

export type OpenOptions = RemoteAccess & { labelMap?: LabelMap };

/**
 * Opens what `--data` names, each thing once: `demo`, folders, .zip, .tar and .tar.gz archives, tables of labels (.csv), and
 * remote sources, which are fetched into the cache first. Paths of several folders begin with the folder's name.
 *
 * @throws SerError `BadConfig` when there is no such thing or the label map has words that no recording is called by,
 *   `DataRefused` when one holds no recording with a label; what fetching throws
 */
export async function openSources(specs: readonly string[], options: OpenOptions): Promise<AudioSource[]> {
  const vocabulary = createVocabulary(options.labelMap);
  const different = await withoutRepetitions(specs);
  const sources: AudioSource[] = [];
  for (const spec of different) sources.push(await openSource(spec, options, vocabulary));
  refuseUnusedWords(vocabulary, sources);
  if (sources.length === 1) return sources;
  return sources.map((source) =>
    source.kind === 'folder' ? { ...source, entries: underName(basename(source.spec), source.entries) } : source,
  );
}

async function withoutRepetitions(specs: readonly string[]): Promise<string[]> {
  const byPlace = new Map<string, string>();
  for (const spec of specs) {
    const place = await realpath(spec).catch(() => spec);
    if (!byPlace.has(place)) byPlace.set(place, spec);
  }
  return [...byPlace.values()];
}

function underName<T extends { path: string }>(name: string, entries: readonly T[]): T[] {
  return entries.map((entry) => ({ ...entry, path: `${name}/${entry.path}` }));
}

async function openSource(spec: string, options: OpenOptions, vocabulary: Vocabulary): Promise<AudioSource> {
  if (spec === 'demo') {
    const demo = openDemo();
    for (const { facts } of demo.entries) if (facts) facts.emotion = vocabulary.renamed(facts.emotion, facts.code);
    return demo;
  }
  const remote = remoteSpec(spec);
  const path = remote === undefined ? resolve(spec) : await fetchRemote(remote, options);
  const whole = remote !== undefined && remote.kind !== 'url' && remote.kind !== 's3';
  const source = { ...(await openPath(spec, path, options, vocabulary)), whole };
  refuseUnlabelled(source);
  return source;
}

async function openPath(
  spec: string,
  path: string,
  { cacheFolder }: OpenOptions,
  vocabulary: Vocabulary,
): Promise<Omit<AudioSource, 'whole'>> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new SerError('BadConfig', 'there is no such folder, archive or table', spec, FORMS);
  const name = basename(path);
  const corpus = name.replace(/\.(zip|tar|tar\.gz|tgz|csv)$/i, '');
  const labels = { corpus, vocabulary, prefix: '', rejectArchives: false };
  if (info.isDirectory()) {
    const listing = await listFolder(path);
    refuseFolderOfArchives(spec, listing);
    return { spec, kind: 'folder', entries: labelEntries(listing, labels) };
  }
  if (/\.csv$/i.test(path)) {
    return { spec, kind: 'table', entries: labelEntries(await listTable(path, corpus, vocabulary), labels) };
  }
  const listing = await listArchive(spec, path, cacheFolder);
  const entries = labelEntries(listing, { ...labels, prefix: `${name}/`, rejectArchives: true });
  return { spec, kind: 'archive', entries };
}

const FORMS =
  'Name a folder, a .zip, .tar or .tar.gz archive, a table .csv with the columns path,emotion, an https:// or s3:// ' +
  'address, or one of demo, kaggle, zenodo:ravdess, crema.';

/** Archives are told apart by how they begin, since downloads may have any name. */
async function listArchive(spec: string, path: string, cacheFolder: string): Promise<Listing> {
  const head = await headOf(path);
  if (head.toString('latin1', 0, 2) === 'PK' || /\.zip$/i.test(path)) return listZip(path);
  if (head.readUInt16BE(0) === 0x1f8b) return listTar(await unpackGzip(path, cacheFolder));
  if (head.toString('latin1', 257, 262) === 'ustar' || /\.tar$/i.test(path)) return listTar(path);
  if (/\.(tgz|tar\.gz)$/i.test(path)) return listTar(await unpackGzip(path, cacheFolder));
  throw new SerError('BadConfig', 'is neither a folder, nor an archive or table that is known here', spec, FORMS);
}

async function headOf(path: string): Promise<Buffer> {
  const head = Buffer.alloc(512);
  const file = await open(path).catch((error: unknown) => {
    throw new SerError('BadConfig', whyUnreadable(error), path, 'Give it read permission.');
  });
  try {
    await file.read(head, 0, head.length, 0);
    return head;
  } finally {
    await file.close();
  }
}

/** The files that a table of labels names, and nothing else; their paths are relative to the table. */
async function listTable(path: string, corpus: string, vocabulary: Vocabulary): Promise<Listing> {
  const tables = [[basename(path), await readFile(path, 'utf8')] as const];
  const listed = [...readLabelTables(tables, corpus, vocabulary).keys()];
  if (listed.length === 0) {
    throw new SerError('DataRefused', 'has no rows, or not the columns path and emotion', path, FORMS);
  }
  const files: ListedFile[] = [];
  for (const name of listed) {
    const place = isAbsolute(name) ? name : join(dirname(path), name);
    const info = await lookAtFile(place).catch(() => undefined);
    if (info?.isFile !== true) continue;
    files.push({ path: name, sizeBytes: info.sizeBytes, place: { kind: 'file', path: place, state: info.state } });
  }
  return { files, tables };
}

function refuseFolderOfArchives(spec: string, { files }: Listing): void {
  const archives = files.filter(({ path }) => isArchiveName(path));
  if (archives.length === 0 || archives.length < files.length / 2) return;
  throw new SerError(
    'DataRefused',
    `the folder holds ${archives.length} archives (first ${archives[0]!.path}), which are not looked into`,
    spec,
    `Name the archives themselves: --data ${spec}/*${archives[0]!.path.replace(/^.*(?=\.)/, '')}`,
  );
}

function refuseUnlabelled({ spec, kind, entries }: AudioSource): void {
  if (entries.some(({ facts }) => facts !== undefined)) return;
  if (entries.length === 0) {
    throw new SerError(
      'DataRefused',
      `the ${kind} holds no recordings`,
      spec,
      'Recordings are .wav, .flac, .mp3, .ogg, .opus, .aiff or .aif files.',
    );
  }
  if (entries.every(({ path }) => isArchiveName(path))) {
    throw new SerError(
      'DataRefused',
      `the archive holds ${entries.length} archives (first ${entries[0]!.path}), which are not looked into`,
      spec,
      'Unpack it once and name the archives it holds.',
    );
  }
  const folders = unlabelledFolders(entries);
  const own = folders.length === 0 ? '' : `; for emotions of your own say so, --label-map ${folders[0]}=${folders[0]}`;
  throw new SerError(
    'DataRefused',
    `none of its ${entries.length} recordings says which emotion it holds` +
      (folders.length === 0 ? '' : ` (folders ${folders.slice(0, 5).join(', ')})`),
    spec,
    `Name files as CREMA-D, RAVDESS, TESS or SAVEE do, put them into a folder per emotion (${EMOTIONS.join(', ')}${own}), ` +
      'or add a table labels.csv with the columns path,emotion.',
  );
}

function refuseUnusedWords({ unused }: Vocabulary, sources: readonly AudioSource[]): void {
  const words = unused();
  if (words.length === 0) return;
  const known = new Set(
    sources.flatMap(({ entries }) => entries.flatMap(({ facts }) => (facts ? [facts.emotion, facts.code] : []))),
  );
  throw new SerError(
    'BadConfig',
    `no recording is called ${words.join(', ')}`,
    '--label-map',
    `These data have ${[...known].sort().slice(0, 40).join(', ')}.`,
  );
}
