import { SerError } from '../contracts/errors.js';
import type { AudioFacts, NameFacts, Utterance } from '../contracts/utterance.js';
import { sha256Of } from '../store/keys.js';
import { unusedPartOfCorpus } from './grammars.js';
import { readEntry } from './readEntry.js';
import type { SourceEntry } from './source.js';

/** Decodes a whole recording and measures it; throws SerError `BadInput` for what is none. */
export type InspectAudio = (bytes: Uint8Array, name: string) => AudioFacts | Promise<AudioFacts>;

/** What the bytes of a file say, whatever the file is called. */
export type Measured = {
  sha256: string;
  sizeBytes: number;
  audio: AudioFacts;
  /** Why it is no usable recording; empty when it is one. */
  reason: string;
};

/** A file that was read and measured; one that could not be read has no bytes and is not to be remembered. */
export type MeasuredEntry = { measured: Measured; bytes?: Uint8Array };

const SILENT = 'is silent from beginning to end';

/** 16-bit recordings of silence with a bit of dither stay below it: -80 dB of full scale. */
const SILENT_PEAK = 1e-4;

const NO_AUDIO: AudioFacts = {
  sampleRate: 0,
  channels: 0,
  durationSeconds: 0,
  container: '',
  peak: 0,
  rms: 0,
  clippedShare: 0,
};

const NO_NAME: NameFacts = {
  corpus: '',
  emotion: '',
  code: '',
  speaker: '',
  sex: '',
  sentence: '',
  intensity: '',
  take: '',
  split: '',
};

/**
 * Reads one file of a source, once: hashes, decodes and measures it. What is wrong with the file becomes its reason; errors
 * that are not the file's are thrown on.
 */
export async function measureEntry(
  entry: SourceEntry,
  inspectAudio: InspectAudio,
  read: (entry: SourceEntry) => Promise<Uint8Array> = readEntry,
): Promise<MeasuredEntry> {
  let measured: Measured = { sha256: '', sizeBytes: entry.sizeBytes, audio: NO_AUDIO, reason: '' };
  let bytes: Uint8Array | undefined;
  try {
    bytes = await read(entry);
    measured = { ...measured, sha256: sha256Of(bytes), sizeBytes: bytes.length };
    if (bytes.length === 0) throw new SerError('BadInput', 'is empty', entry.path);
    measured = { ...measured, audio: audioFacts(await inspectAudio(bytes, entry.path)) };
    if (measured.audio.peak < SILENT_PEAK) measured.reason = SILENT;
  } catch (error) {
    if (!(error instanceof SerError && error.kind === 'BadInput')) throw error;
    measured = { ...measured, reason: error.what };
  }
  return bytes === undefined ? { measured } : { measured, bytes };
}

/** Why a file is no usable recording of a source; empty when it is one. */
export function flawOf({ path, facts, takesSilence }: SourceEntry, { reason }: Measured): string {
  const flaw = takesSilence === true && reason === SILENT ? '' : reason;
  if (flaw !== '' || facts !== undefined) return flaw;
  return unusedPartOfCorpus(path) ?? 'neither name, folder nor table tells its emotion';
}

/** The row of the catalogue for a file: what it is called, what it holds, and why it is rejected if it is. */
export function utteranceOf(entry: SourceEntry, measured: Measured): Utterance {
  const { sha256, sizeBytes, audio } = measured;
  const reason = flawOf(entry, measured);
  const status = reason === '' ? 'ok' : 'rejected';
  return { ...NO_NAME, ...entry.facts, ...audio, sha256, path: entry.path, sizeBytes, status, reason };
}

/** The facts alone, whatever else a measuring function says. */
function audioFacts(measured: AudioFacts): AudioFacts {
  const { sampleRate, channels, durationSeconds, container, peak, rms, clippedShare } = measured;
  return { sampleRate, channels, durationSeconds, container, peak, rms, clippedShare };
}
