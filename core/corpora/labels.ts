import type { NameFacts } from '../contracts/utterance.js';
import { recogniseName } from './grammars.js';
import type { Vocabulary } from './labelMap.js';
import { readLabelTables } from './labelTables.js';
import { isArchiveName, isAudioName, type ListedFile, type Listing, type SourceEntry } from './source.js';

export type LabelOptions = {
  /** The corpus of recordings whose names and tables tell none. */
  corpus: string;
  vocabulary: Vocabulary;
  /** Goes before every path: the name of the archive. */
  prefix: string;
  /** Archives within an archive are rejects; those that lie in a folder are left alone. */
  rejectArchives: boolean;
};

const LISTED_BUT_MISSING = 'is listed in the table of labels but is not there';
const ARCHIVE_WITHIN = 'is an archive within an archive; unpack it and name what it holds';

/**
 * The recordings of a listing with what is known of each: by a table first, then by the file name and the corpora's
 * grammars, then by the folder it lies in.
 *
 * The words of folders are the eight emotions in the forms people use, and those of the label map. Where the recordings lie
 * in folders of one level and some of those have such names, the others are a user's own emotions. What a table lists and
 * nobody finds is an entry all the same, an unreadable one.
 */
export function labelEntries({ files, tables }: Listing, options: LabelOptions): SourceEntry[] {
  const { corpus, vocabulary, prefix, rejectArchives } = options;
  const table = readLabelTables(tables, corpus, vocabulary);
  const recordings = files.filter(({ path, place }) => isAudioName(path) || place.kind === 'unreadable');
  const unnamed = recordings.map(({ path }) => path).filter((path) => !table.has(path) && !recogniseName(path));
  const takesAnyFolder = unnamed.length === recordings.length && areEmotionFolders(unnamed, vocabulary);

  const factsOf = (path: string): NameFacts | undefined => {
    const listed = table.get(path);
    if (listed !== undefined) return listed;
    const named = recogniseName(path);
    if (named !== undefined) return { ...named, emotion: vocabulary.renamed(named.emotion, named.code) };
    const folder = folderOf(path);
    const emotion = vocabulary.emotionOf(folder) ?? (takesAnyFolder ? folder : undefined);
    return emotion === undefined ? undefined : factsOfFolder(corpus, emotion, folder);
  };

  const present = new Set(files.map(({ path }) => path));
  const missing = [...table.keys()].filter((path) => !present.has(path));
  const archives = rejectArchives ? files.filter(({ path }) => isArchiveName(path)).map(({ path }) => path) : [];
  return [
    ...recordings,
    ...missing.map((path) => unreadableFile(path, LISTED_BUT_MISSING)),
    ...archives.map((path) => unreadableFile(path, ARCHIVE_WITHIN)),
  ].map((file): SourceEntry => ({ ...file, path: prefix + file.path, facts: factsOf(file.path) }));
}

function unreadableFile(path: string, reason: string): ListedFile {
  return { path, sizeBytes: 0, place: { kind: 'unreadable', reason } };
}

function factsOfFolder(corpus: string, emotion: string, code: string): NameFacts {
  return { corpus, emotion, code, speaker: '', sex: '', sentence: '', intensity: '', take: '', split: '' };
}

function folderOf(path: string): string {
  return path.split('/').at(-2) ?? '';
}

/** All in folders of one level, some of which have names of emotions. */
function areEmotionFolders(paths: readonly string[], { emotionOf }: Vocabulary): boolean {
  const depths = new Set(paths.map((path) => path.split('/').length));
  const folders = new Set(paths.map(folderOf));
  return depths.size === 1 && !folders.has('') && [...folders].some((folder) => emotionOf(folder) !== undefined);
}

/** The folders that hold recordings which nothing labels, for a message. */
export function unlabelledFolders(entries: readonly SourceEntry[]): string[] {
  return [...new Set(entries.filter(({ facts }) => facts === undefined).map(({ path }) => folderOf(path)))].filter(
    (folder) => folder !== '',
  );
}
