import type { Augmentation } from '../contracts/training.js';
import { createResampler, resampledLength } from './resample.js';
import { type SeededRandom, seededRandom } from './seededRandom.js';
import { timeStretch } from './timeStretch.js';

/**
 * A recording as it might also have sounded: noisier, higher or lower, faster or slower, louder or softer. How much is drawn
 * from the name of the recording, so that it is the same every time.
 *
 * @param name of the recording, its sha256
 * @returns samples of their own; what goes in is left as it is
 */
export function augmentSamples(
  samples: Float32Array,
  sampleRate: number,
  { kind, amount }: Augmentation,
  name: string,
): Float32Array {
  const random = seededRandom(`${name} ${kind} ${amount}`);
  switch (kind) {
    case 'noise':
      return withNoise(samples, amount, random);
    case 'gain':
      return withGain(samples, amount * random.signed());
    case 'stretch':
      return timeStretch(samples, sampleRate, 1 + amount * random.signed());
    case 'pitch':
      return shiftPitch(samples, sampleRate, amount * random.signed());
  }
}

function withGain(samples: Float32Array, decibels: number): Float32Array {
  const factor = 10 ** (decibels / 20);
  return samples.map((value) => factor * value);
}

/** Adds white noise; of four uniform numbers a sample, which is nearly normal. @param decibels of the signal above it */
function withNoise(samples: Float32Array, decibels: number, { signed }: SeededRandom): Float32Array {
  const energy = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  const deviation = Math.sqrt(energy) * 10 ** (-decibels / 20);
  const scale = deviation / Math.sqrt(4 / 3);
  return samples.map((value) => value + scale * (signed() + signed() + signed() + signed()));
}

/** Shifts by semitones at the same length: stretches, then plays that faster or slower. */
function shiftPitch(samples: Float32Array, sampleRate: number, semitones: number): Float32Array {
  // Whole percents: a resampler's plan takes long to build, and the latest are kept.
  const percent = Math.round(100 * 2 ** (semitones / 12));
  if (percent === 100) return samples.slice();
  const stretched = timeStretch(samples, sampleRate, 100 / percent);
  const shifted = createResampler(percent, 100)(
    stretched,
    new Float32Array(resampledLength(stretched.length, percent, 100)),
  );
  return shifted.subarray(0, samples.length);
}
