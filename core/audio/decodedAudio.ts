import { SerError } from '../contracts/errors.js';

export type Container = 'wav' | 'aiff' | 'flac' | 'mp3' | 'ogg';

/** A recording, or its beginning, as floating-point samples: full scale is 1, as `soundfile.read(dtype="float32")` has it. */
export type DecodedAudio = {
  sampleRate: number;
  /** One array of `frames` samples per channel. */
  channels: Float32Array[];
  frames: number;
  container: Container;
  /** What the samples were stored as: `s16`, `ulaw`, `vorbis`... */
  encoding: string;
  /** Of the whole recording, by its header; what the file holds if the header does not say. */
  totalFrames: number;
  /** How many frames the header promises beyond the end of the file; 0 for streamed lengths. */
  missingFrames: number;
};

const ACCEPTED = 'give a WAV, AIFF, FLAC, MP3, Ogg Vorbis or Ogg Opus recording';

/** The refusal of a file, naming it, what is wrong and what is accepted. */
export function badAudio(name: string, what: string, options?: ErrorOptions): SerError {
  return new SerError('BadInput', what, name, ACCEPTED, options);
}

/** As many as libsndfile reads. */
const MOST_CHANNELS = 1024;
const LOWEST_SAMPLE_RATE = 1000;
const HIGHEST_SAMPLE_RATE = 768_000;

/**
 * Throws for what no recording of speech has: memory would follow such a header out of all proportion to the file.
 */
export function assertPlausible(name: string, sampleRate: number, channels: number): void {
  if (channels < 1 || channels > MOST_CHANNELS) {
    throw badAudio(name, `the header says ${channels} channels; 1 to ${MOST_CHANNELS} are read`);
  }
  if (!(sampleRate >= LOWEST_SAMPLE_RATE && sampleRate <= HIGHEST_SAMPLE_RATE)) {
    const range = `${LOWEST_SAMPLE_RATE} to ${HIGHEST_SAMPLE_RATE}`;
    throw badAudio(name, `the header says a sampling rate of ${sampleRate} Hz; ${range} are read`);
  }
}

/** How many frames `maxSeconds` are; all of them without it. */
export function frameLimit(sampleRate: number, maxSeconds = Infinity): number {
  return Math.floor(maxSeconds * sampleRate);
}
