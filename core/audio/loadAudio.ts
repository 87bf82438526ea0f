import { decodeAudio } from './decodeAudio.js';
import { mixDown } from './mixDown.js';
import { resample } from './resample.js';

export type LoadOptions = {
  /** In Hz; what the samples are resampled to. */
  sampleRate: number;
  /** Only the first so many seconds are read. */
  maxSeconds?: number;
};

/**
 * `librosa.load(path, sr=sampleRate, duration=maxSeconds)`: the beginning of a recording, mixed down to one channel,
 * then resampled.
 *
 * @throws SerError `BadInput` as `decodeAudio` does
 */
export async function loadAudio(bytes: Uint8Array, name: string, options: LoadOptions): Promise<Float32Array> {
  const { maxSeconds, sampleRate } = options;
  const audio = await decodeAudio(bytes, name, maxSeconds === undefined ? {} : { maxSeconds });
  return resample(mixDown(audio.channels), audio.sampleRate, sampleRate);
}
