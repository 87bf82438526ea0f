/**
 * Signals that are made by the same formulas here and in tools/golden_features.py: whole multiples of 2^-15, times a power
 * of two, so that both get the same samples to the bit.
 */

const RATE = 22050;
const FULL_SCALE = 32768;

/** White noise of a 32-bit linear congruential generator. */
function noise(count: number): Float64Array {
  let state = 1;
  return new Float64Array(count).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) - FULL_SCALE) / FULL_SCALE;
  });
}

const tone = (hz: number, t: number): number => Math.sin(2 * Math.PI * hz * t);
const tones = (t: number): number => 0.4 * tone(444.4, t) + 0.3 * tone(1320, t) + 0.2 * tone(3000, t);
const chirp = (t: number): number => 0.8 * Math.sin(2 * Math.PI * (100 * t + (7900 / 6) * t ** 2));
const syllables = (t: number): number => Math.max(0, tone(1.3, t));

const HARMONICS = Array.from({ length: 24 }, (_, i) => {
  const hz = (i + 1) * 120;
  return Math.exp(-(((hz - 600) / 300) ** 2)) + 0.5 * Math.exp(-(((hz - 1700) / 400) ** 2)) + 0.1;
});

function voice(t: number): number {
  const phase = 2 * Math.PI * 120 * t - (30 / 0.7) * (Math.cos(2 * Math.PI * 0.7 * t) - 1);
  return HARMONICS.reduce((sum, weight, i) => sum + (weight * Math.sin((i + 1) * phase)) / (i + 1), 0);
}

const over = (count: number, formula: (t: number) => number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => formula(i / RATE));

function speech(count: number): Float64Array {
  const hiss = noise(count);
  return over(count, (t) => 0.35 * voice(t) * syllables(t)).map((value, i) => value + 0.001 * hiss[i]!);
}

function clicks(count: number): Float64Array {
  return new Float64Array(count).map((_, i) => (i % 4000 === 700 ? 0.9 : i % 4000 === 2700 ? -0.5 : 0));
}

const clipped = (value: number): number => Math.min(Math.max(value, -1), 1);

const FORMULAS: Record<string, { values: () => Float64Array; gain?: number }> = {
  tones: { values: () => over(RATE, tones) },
  chirp: { values: () => over(3 * RATE, chirp) },
  noise: { values: () => noise(RATE).map((value) => 0.5 * value) },
  clicks: { values: () => clicks(RATE) },
  speech: { values: () => speech(3 * RATE) },
  'one second of speech': { values: () => speech(RATE) },
  pauses: { values: () => speech(2 * RATE).map((value, i) => (syllables(i / RATE) > 0 ? value : 0)) },
  'four seconds': { values: () => speech(4 * RATE) },
  quiet: { values: () => speech(RATE), gain: 2 ** -20 },
  clipped: { values: () => over(RATE, (t) => clipped(4 * tones(t))) },
  'direct current': { values: () => over(RATE, () => 0.25) },
  'one sample': { values: () => Float64Array.of(0.5) },
  '300 samples': { values: () => over(300, tones) },
  '512 samples': { values: () => over(512, tones) },
  '2,049 samples': { values: () => over(2049, tones) },
};

export const SIGNAL_NAMES: readonly string[] = Object.keys(FORMULAS);

/** The samples of a signal, and the checksum that golden_features.py computes of the same integers. */
export function signal(name: string): { samples: Float32Array; checksum: number } {
  const { values, gain = 1 } = FORMULAS[name]!;
  const steps = values().map((value) =>
    Math.min(Math.max(Math.floor(value * (FULL_SCALE - 1) + 0.5), -FULL_SCALE), FULL_SCALE - 1),
  );
  const checksum = steps.reduce((sum, step, i) => sum + step * ((i % 251) + 1), 0);
  return { samples: Float32Array.from(steps, (step) => (step / FULL_SCALE) * gain), checksum };
}
