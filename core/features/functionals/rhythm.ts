import { HOP_SECONDS } from './framing.js';
import type { Sink } from './statistics.js';

/** Limits (Hz) of the bands of the modulation spectrum. */
const MODULATION_EDGES = [0, 2, 4, 6, 9, 14, 20] as const;
const MODULATION_STEP_HZ = 0.5;

export const RHYTHM_COLUMNS: readonly string[] = [
  ...['duration', 'active_share', 'voiced_share', 'voiced_rate', 'voiced_length', 'voiced_length_sd'],
  ...['pause_rate', 'pause_length', 'peak_rate'],
  ...MODULATION_EDGES.slice(1).map((high, band) => `modulation_${MODULATION_EDGES[band]!}_${high}`),
];

/** Peaks of the level count when they are no further below the loudest frame (dB); the level's floor lies below that. */
const PEAK_RANGE_DB = 25;
const LEVEL_RANGE_DB = 40;
const SMOOTHING_FRAMES = 5;
const LEAST_SHARE = 1e-6;

/**
 * Appends `RHYTHM_COLUMNS` of a stretch of frames: its duration in seconds; shares of frames that are not silent and that
 * have a voice; stretches of voice a second, mean and deviation of their lengths in seconds; the same of pauses; peaks of
 * the smoothed level a second (about syllables); and the shares, in powers of ten, of the bands of its modulation spectrum.
 *
 * @param levels in dB, of the stretch; `loudest`: their maximum
 */
export function appendRhythm(levels: Float64Array, active: Uint8Array, voiced: Uint8Array, sink: Sink): void {
  const frames = levels.length;
  const seconds = frames * HOP_SECONDS;
  const loudest = levels.reduce((a, b) => Math.max(a, b));
  const voices = runLengths(voiced, 1);
  const pauses = runLengths(active, 0);
  const level = smoothed(levels.map((value) => Math.max(value, loudest - LEVEL_RANGE_DB)));
  const values = [
    seconds,
    mean(active),
    mean(voiced),
    voices.length / seconds,
    mean(voices) * HOP_SECONDS,
    deviation(voices) * HOP_SECONDS,
    pauses.length / seconds,
    mean(pauses) * HOP_SECONDS,
    countPeaks(level, loudest - PEAK_RANGE_DB) / seconds,
    ...modulation(level),
  ];
  sink.vector.set(values, sink.length);
  sink.length += values.length;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / Math.max(values.length, 1);
}

function deviation(values: number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

function runLengths(flags: Uint8Array, wanted: 0 | 1): number[] {
  const lengths: number[] = [];
  let length = 0;
  for (let i = 0; i <= flags.length; i++) {
    if (flags[i] === wanted) length++;
    else if (length > 0) {
      lengths.push(length);
      length = 0;
    }
  }
  return lengths;
}

/** The mean over five frames, fewer at the ends. */
function smoothed(levels: Float64Array): Float64Array {
  const reach = (SMOOTHING_FRAMES - 1) / 2;
  return levels.map((_, i) => mean(levels.subarray(Math.max(i - reach, 0), i + reach + 1)));
}

function countPeaks(level: Float64Array, least: number): number {
  let peaks = 0;
  for (let i = 1; i < level.length - 1; i++) {
    const here = level[i]!;
    if (here > least && here > level[i - 1]! && here >= level[i + 1]!) peaks++;
  }
  return peaks;
}

/** Power of the level's deviation from its mean at multiples of half a hertz, band by band, as shares of all. */
function modulation(level: Float64Array): number[] {
  const centre = mean(level);
  const powers = MODULATION_EDGES.slice(1).map((high, band) => {
    let power = 0;
    const low = MODULATION_EDGES[band]!;
    for (let hz = low + MODULATION_STEP_HZ; hz <= high; hz += MODULATION_STEP_HZ) {
      power += powerAt(level, centre, 2 * Math.PI * hz * HOP_SECONDS);
    }
    return power;
  });
  const whole = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) =>
    Math.log10(Math.max(power, whole * LEAST_SHARE, Number.MIN_VALUE) / Math.max(whole, Number.MIN_VALUE)),
  );
}

/** Squared size of the Fourier sum at an angle (radians a frame), by Goertzel's recurrence. */
function powerAt(level: Float64Array, centre: number, angle: number): number {
  const twice = 2 * Math.cos(angle);
  let one = 0;
  let two = 0;
  for (let i = 0; i < level.length; i++) {
    const next = level[i]! - centre + twice * one - two;
    two = one;
    one = next;
  }
  return one * one + two * two - twice * one * two;
}
