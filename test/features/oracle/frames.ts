import type { BankRow } from '../../../core/features/melBank.js';
import type { ContrastBand } from '../../../core/features/contrastBands.js';

/** 10 log10 of powers of at least 1e-10, no lower than 80 dB below the largest of all: `librosa.power_to_db`. */
export function powerToDecibels(frames: Float64Array[]): Float64Array[] {
  const levels = frames.map((frame) => frame.map((power) => 10 * Math.log10(Math.max(power, 1e-10))));
  const floor = Math.max(...levels.map((frame) => Math.max(...frame))) - 80;
  return levels.map((frame) => frame.map((level) => Math.max(level, floor)));
}

/** The sum of each row's weights times the bins they stand on. */
export function applyBank(bank: BankRow[], spectrum: Float64Array): Float64Array {
  return Float64Array.from(bank, ({ firstBin, weights }) =>
    weights.reduce((sum, weight, i) => sum + weight * spectrum[firstBin + i]!, 0),
  );
}

/** Means of the smallest and the largest magnitudes of each band. */
export function valleysAndPeaks(
  bands: ContrastBand[],
  magnitude: Float64Array,
): { valleys: Float64Array; peaks: Float64Array } {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = bands.map(({ firstBin, bins }) => magnitude.slice(firstBin, firstBin + bins).sort());
  return {
    valleys: Float64Array.from(bands, ({ taken }, i) => mean(sorted[i]!.slice(0, taken))),
    peaks: Float64Array.from(bands, ({ taken }, i) => mean(sorted[i]!.slice(-taken))),
  };
}

/** The first bin at which 85 % of the summed magnitudes are reached. */
export function rolloffBin(magnitude: Float64Array): number {
  const running = new Float32Array(magnitude.length);
  magnitude.forEach((size, bin) => {
    running[bin] = (bin === 0 ? 0 : running[bin - 1]!) + Math.fround(size);
  });
  const threshold = Math.fround(Math.fround(0.85) * running.at(-1)!);
  return running.findIndex((sum) => sum >= threshold);
}

/** Changes of sign inside each frame of 2,048 samples, over the signal continued by its first and last sample. */
export function zeroCrossings(samples: Float32Array): number[] {
  const isNegative = (at: number): boolean =>
    samples[Math.min(Math.max(at, 0), samples.length - 1)]! < -Math.fround(1e-10);
  return Array.from({ length: 1 + Math.floor(samples.length / 512) }, (_, frame) => {
    let crossings = 0;
    for (let i = 1; i < 2048; i++) {
      const at = frame * 512 - 1024 + i;
      if (isNegative(at) !== isNegative(at - 1)) crossings++;
    }
    return crossings;
  });
}

/** A vector divided by its largest element (or, with `norm` 1, by its sum), unless that is hardly above zero. */
export function normalised(vector: Float64Array, norm: 1 | 'max'): Float64Array {
  const length = norm === 1 ? vector.reduce((sum, value) => sum + value, 0) : Math.max(...vector);
  return length < 2 ** -126 ? vector : vector.map((value) => value / length);
}

export function meanOf(frames: Float64Array[]): Float64Array {
  const sum = new Float64Array(frames[0]!.length);
  for (const frame of frames) frame.forEach((value, i) => (sum[i]! += value));
  return sum.map((value) => value / frames.length);
}
