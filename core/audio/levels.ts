import { measurePcm16 } from './pcm16.js';

/** Totals over all samples of all channels. */
export type Levels = {
  samples: number;
  /** Largest magnitude; full scale is 1. */
  peak: number;
  /** Sum of squares. */
  squares: number;
  /** How many samples lie at full scale, on either side of zero. */
  clipped: number;
};

export const NO_LEVELS: Readonly<Levels> = { samples: 0, peak: 0, squares: 0, clipped: 0 };

/**
 * Adds the levels of some samples to totals.
 *
 * @param fullScale the largest magnitude that the encoding of the samples holds on both sides of zero
 */
export function addLevels(levels: Levels, samples: Float32Array, fullScale: number): void {
  let { peak, squares, clipped } = levels;
  for (let i = 0; i < samples.length; i++) {
    const magnitude = Math.abs(samples[i]!);
    if (magnitude > peak) peak = magnitude;
    if (magnitude >= fullScale) clipped++;
    squares += magnitude * magnitude;
  }
  Object.assign(levels, { peak, squares, clipped, samples: levels.samples + samples.length });
}

/**
 * The levels of 16-bit little-endian samples of any number of channels, by integers: the sum of squares is exact up to
 * 2^23 samples at full scale.
 *
 * @param bytes of whole samples; may begin at an odd address
 */
export function levelsOfPcm16(bytes: Uint8Array): Levels {
  const { squares, peak, clipped } = measurePcm16(bytes);
  return { samples: bytes.length / 2, squares: squares / 2 ** 30, peak: peak / 2 ** 15, clipped };
}
