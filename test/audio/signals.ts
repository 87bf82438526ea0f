/** Signals that tools/golden_audio.py builds as well, from whole numbers, so that both have the same samples to the bit. */

/** Whole numbers from -32768 to 32767 by a linear congruential generator. */
export function noise(length: number, seed = 1): Int16Array {
  let state = seed;
  return new Int16Array(length).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) - 32768;
  });
}

/** A chirp, noise, silence with a click, and an overdriven sine, a quarter each. */
export function testSignal(length: number): Int16Array {
  const quarter = Math.floor(length / 4);
  const hiss = noise(quarter);
  const signal = new Int16Array(length);
  for (let i = 0; i < quarter; i++) {
    signal[i] = Math.floor(12000 * Math.sin((Math.PI * 0.4 * i ** 2) / quarter) + 0.5);
    signal[quarter + i] = Math.floor(hiss[i]! / 8);
    signal[2 * quarter + i] = i === Math.floor(quarter / 2) ? 32767 : 0;
    signal[3 * quarter + i] = Math.min(32767, Math.max(-32768, Math.floor(60000 * Math.sin(0.05 * i) + 0.5)));
  }
  return signal;
}

/** 16-bit samples as floating point, full scale 1. */
export function asFloat(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32768);
}

/** Root of the mean square of the difference, relative to that of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let power = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    power += expected[i]! ** 2;
  }
  return power === 0 ? Math.sqrt(error) : Math.sqrt(error / power);
}
