import type { NameFacts } from '../contracts/utterance.js';
import type { FileState } from './fileState.js';

/**
 * Where the bytes of an entry lie, and in which state the file was when it was listed. Plain data, so that any thread can
 * read them.
 */
export type Place =
  | { kind: 'file'; path: string; state: FileState }
  | ZipPlace
  | { kind: 'tar'; archive: string; state: FileState; offset: number }
  /** The n-th recording of the demo corpus, which is made when it is read. */
  | { kind: 'demo'; index: number }
  /** What should be a recording and cannot be read: the catalogue gets it as a reject, with the reason. */
  | { kind: 'unreadable'; reason: string };

export type ZipPlace = {
  kind: 'zip';
  archive: string;
  state: FileState;
  offset: number;
  packedBytes: number;
  method: number;
  crc32: number;
};

/** One file of a source, before anybody said what it holds. */
export type ListedFile = {
  /** Relative to the source, `/`-separated. */
  path: string;
  sizeBytes: number;
  place: Place;
};

/** One file of a source that is meant as a recording. */
export type SourceEntry = ListedFile & {
  /** What its name, its folder or a table says of it; undefined when none of them tells its emotion. */
  facts: NameFacts | undefined;
  /** Whether silence is heard as well: nobody can learn from it, but somebody may ask about it. */
  takesSilence?: boolean;
};

/** Where recordings come from. */
export type AudioSource = {
  /** As the user named it. */
  spec: string;
  kind: 'demo' | 'folder' | 'archive' | 'table';
  /** Whether it ought to hold every recording of its corpora, as a download of a whole corpus does. */
  whole: boolean;
  /** Always in the same order. */
  entries: SourceEntry[];
};

/** What there is in a source, and what its tables say. */
export type Listing = {
  files: ListedFile[];
  /** Texts of the tables that may hold labels, by their paths within the source. */
  tables: (readonly [path: string, text: string])[];
};

const AUDIO_NAME = /\.(wav|flac|mp3|ogg|opus|aiff?)$/i;
const ARCHIVE_NAME = /\.(zip|tar|tgz|tar\.(gz|bz2|xz|zst)|7z|rar)$/i;

function isShadow(path: string): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('.');
}

/** Whether a file is meant as a recording, by its extension. `._name.wav` is the shadow a Mac leaves in archives. */
export function isAudioName(path: string): boolean {
  return AUDIO_NAME.test(path) && !isShadow(path);
}

export function isArchiveName(path: string): boolean {
  return ARCHIVE_NAME.test(path) && !isShadow(path);
}
