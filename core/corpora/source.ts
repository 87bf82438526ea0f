import { SerError } from '../contracts/errors.js';
import type { NameFacts } from '../contracts/utterance.js';

/** One file of a source that is meant as a recording. */
export type SourceEntry = {
  /** Relative to the source, `/`-separated; `archive.zip/inner/name.wav` in an archive. */
  path: string;
  sizeBytes: number;
  /** Where it lies as a plain file; undefined for what is unpacked or made when read. */
  localPath?: string;
  /** What its name, its folder or a table says of it; undefined when none of them tells its emotion. */
  facts: NameFacts | undefined;
  /** @throws SerError `BadInput` for bytes that cannot be had */
  read(): Promise<Uint8Array>;
};

/** Where recordings come from. */
export interface AudioSource {
  /** As the user named it. */
  readonly spec: string;
  readonly kind: 'demo' | 'folder' | 'zip';
  /** Always in the same order, as often as wanted. */
  entries(): AsyncIterable<SourceEntry>;
}

const AUDIO_NAME = /\.(wav|flac|mp3|ogg|opus|aiff?)$/i;

/** Whether a file is meant as a recording, by its extension. `._name.wav` is the shadow a Mac leaves in archives. */
export function isAudioName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return AUDIO_NAME.test(name) && !name.startsWith('.');
}

/** A source whose entries are known from the start. */
export function listedSource(spec: string, kind: AudioSource['kind'], entries: readonly SourceEntry[]): AudioSource {
  return {
    spec,
    kind,
    // eslint-disable-next-line @typescript-eslint/require-await -- other sources have to wait for their entries
    async *entries() {
      yield* entries;
    },
  };
}

/** An entry for what should be a recording and cannot be read: the catalogue gets it as a reject, with the reason. */
export function unreadableEntry(path: string, facts: NameFacts | undefined, reason: string): SourceEntry {
  return { path, sizeBytes: 0, facts, read: () => Promise.reject(new SerError('BadInput', reason, path)) };
}
