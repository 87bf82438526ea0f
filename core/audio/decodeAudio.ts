import { parseAiff } from './aiff.js';
import { decodeCompressed } from './compressed.js';
import { contentTypeOf } from './contentType.js';
import { badAudio, frameLimit, type DecodedAudio } from './decodedAudio.js';
import { readChannel, type PcmLayout } from './pcm.js';
import { parseWav } from './wav.js';

export type DecodeOptions = {
  /** Only the first so many seconds, as `librosa.load(duration=)`: `floor(maxSeconds * sampleRate)` frames. */
  maxSeconds?: number;
  /** Where the samples of a channel of an uncompressed file go; all of what it returns is filled. */
  allocate?: (frames: number) => Float32Array;
};

/**
 * Where the samples of an uncompressed file lie; undefined for a compressed one.
 *
 * @throws SerError `BadInput` for what is no recording
 */
export function pcmLayoutOf(bytes: Uint8Array, name: string): PcmLayout | undefined {
  const type = contentTypeOf(bytes);
  if (type.kind === 'foreign') throw badAudio(name, `not a recording but ${type.description}`);
  if (type.kind === 'wav') return parseWav(bytes, name);
  if (type.kind === 'aiff') return parseAiff(bytes, name);
  return undefined;
}

/**
 * Throws for floating-point samples that are no numbers or infinite: no feature is defined for them, and a recording
 * that holds one is damaged.
 */
export function assertFinite(samples: Float32Array, name: string, firstFrame = 0): void {
  // A sum that is finite has finite terms; only if it is not is the culprit looked for.
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  if (Number.isFinite(sum)) return;
  const index = samples.findIndex((sample) => !Number.isFinite(sample));
  if (index >= 0) throw badAudio(name, `sample ${firstFrame + index} is ${samples[index]!}, not a finite number`);
}

function decodeLayout(bytes: Uint8Array, layout: PcmLayout, name: string, options: DecodeOptions): DecodedAudio {
  const { maxSeconds, allocate = (length) => new Float32Array(length) } = options;
  const { sampleRate, container, encoding, totalFrames } = layout;
  const frames = Math.min(layout.frames, frameLimit(sampleRate, maxSeconds));
  const channels = Array.from({ length: layout.channels }, (_, channel) => {
    const samples = allocate(frames);
    readChannel(bytes, layout, channel, 0, samples);
    if (encoding === 'f32' || encoding === 'f64') assertFinite(samples, name);
    return samples;
  });
  return { sampleRate, channels, frames, container, encoding, totalFrames, missingFrames: totalFrames - layout.frames };
}

/**
 * Decodes a WAV or AIFF file; undefined for a compressed one.
 *
 * @throws SerError `BadInput` as `decodeAudio` does
 */
export function decodePcm(bytes: Uint8Array, name: string, options: DecodeOptions = {}): DecodedAudio | undefined {
  const layout = pcmLayoutOf(bytes, name);
  return layout && decodeLayout(bytes, layout, name, options);
}

/**
 * Decodes a WAV, AIFF, FLAC, MP3, Ogg Vorbis or Ogg Opus file, told by its content. A file without samples gives none;
 * one that ends early gives those it has, with `missingFrames`.
 *
 * @param bytes the whole file; may be a view into a larger buffer
 * @param name for messages only
 * @throws SerError `BadInput` for anything else, for damaged compressed data and for samples that are not finite
 */
export async function decodeAudio(bytes: Uint8Array, name: string, options: DecodeOptions = {}): Promise<DecodedAudio> {
  return decodePcm(bytes, name, options) ?? decodeCompressed(bytes, name, options.maxSeconds);
}
