import { createHash } from 'node:crypto';
import { SerError } from '../contracts/errors.js';
import type { AudioFacts, NameFacts, Utterance } from '../contracts/utterance.js';
import { unusedPartOfCorpus } from './grammars.js';
import { readEntry } from './readEntry.js';
import type { SourceEntry } from './source.js';

/** Decodes a whole recording and measures it; throws SerError `BadInput` for what is none. */
export type InspectAudio = (bytes: Uint8Array, name: string) => AudioFacts | Promise<AudioFacts>;

/** A row of the catalogue, with the bytes it was made from; a file that could not be read has none. */
export type InspectedEntry = { utterance: Utterance; bytes?: Uint8Array };

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
 * Reads one file of a source, once: hashes, decodes and measures it. Whatever is wrong with the file makes a rejected row
 * with the reason; errors that are not the file's are thrown on.
 */
export async function inspectEntry(
  entry: SourceEntry,
  inspectAudio: InspectAudio,
  read: (entry: SourceEntry) => Promise<Uint8Array> = readEntry,
): Promise<InspectedEntry> {
  const name = { ...NO_NAME, ...entry.facts };
  const { path } = entry;
  let row: Utterance = { ...name, ...NO_AUDIO, sha256: '', path, sizeBytes: entry.sizeBytes, status: 'ok', reason: '' };
  let bytes: Uint8Array | undefined;
  try {
    bytes = await read(entry);
    row = { ...row, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
    if (bytes.length === 0) throw new SerError('BadInput', 'is empty', path);
    row = { ...row, ...audioFacts(await inspectAudio(bytes, path)) };
    refuseUnusable(row, entry.facts);
  } catch (error) {
    if (!(error instanceof SerError && error.kind === 'BadInput')) throw error;
    row = { ...row, status: 'rejected', reason: error.what };
  }
  return bytes === undefined ? { utterance: row } : { utterance: row, bytes };
}

function refuseUnusable(audio: Utterance, facts: NameFacts | undefined): void {
  const refuse = (what: string): never => {
    throw new SerError('BadInput', what, audio.path);
  };
  if (facts === undefined) refuse(unusedPartOfCorpus(audio.path) ?? 'neither name, folder nor table tells its emotion');
  if (audio.peak < SILENT_PEAK) refuse('is silent from beginning to end');
}

/** The facts alone, whatever else a measuring function says. */
function audioFacts(measured: AudioFacts): AudioFacts {
  const { sampleRate, channels, durationSeconds, container, peak, rms, clippedShare } = measured;
  return { sampleRate, channels, durationSeconds, container, peak, rms, clippedShare };
}
