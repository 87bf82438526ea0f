import { type Arena, createArena } from './arena.js';
import { decodeAudio } from './decodeAudio.js';
import type { DecodedAudio } from './decodedAudio.js';
import { mixDown } from './mixDown.js';
import { createResampler, resampledLength } from './resample.js';

export type LoadOptions = {
  /** In Hz; what the samples are resampled to. */
  sampleRate: number;
  /** Only the first so many seconds are read. */
  maxSeconds?: number;
};

/** Loads one recording after another; the samples hold until the next is asked for. */
export type AudioLoader = (bytes: Uint8Array, name: string) => Promise<Float32Array>;

/** The same, with what its file says: its channels, rate and length. */
export type RecordingLoader = (
  bytes: Uint8Array,
  name: string,
) => Promise<{ samples: Float32Array; audio: DecodedAudio }>;

/**
 * `librosa.load(path, sr=sampleRate, duration=maxSeconds)`: the beginning of a recording, mixed down to one channel,
 * then resampled.
 *
 * @throws SerError `BadInput` as `decodeAudio` does
 */
export function loadAudio(bytes: Uint8Array, name: string, options: LoadOptions): Promise<Float32Array> {
  return createAudioLoader(options)(bytes, name);
}

/** `loadAudio` for many recordings, in memory that is used over and over; nothing else may use the arena meanwhile. */
export function createAudioLoader(options: LoadOptions, arena?: Arena): AudioLoader {
  const load = createRecordingLoader(options, arena);
  return async (bytes, name) => (await load(bytes, name)).samples;
}

/** As `createAudioLoader`, for those who also want to know what was decoded. */
export function createRecordingLoader(
  { sampleRate, maxSeconds }: LoadOptions,
  arena: Arena = createArena(),
): RecordingLoader {
  const options = {
    allocate: (frames: number) => arena.take(frames),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
  };
  return async (bytes, name) => {
    arena.reset();
    const audio = await decodeAudio(bytes, name, options);
    const mono = mixDown(audio.channels);
    if (audio.sampleRate === sampleRate) return { samples: mono, audio };
    const output = arena.take(resampledLength(mono.length, audio.sampleRate, sampleRate));
    return { samples: createResampler(audio.sampleRate, sampleRate)(mono, output), audio };
  };
}
