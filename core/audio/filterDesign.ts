/**
 * Low-pass filters as libsoxr designs them: Kaiser-windowed sincs whose window parameter and length come from fits over
 * attenuation and transition width. The constants are that library's (`filter.c`), so that our taps are its taps.
 */

/** Decibels of a doubling of amplitude: one bit. */
export const DECIBELS_PER_BIT = 20 * Math.log10(2);

export type LowPass = {
  /** Odd length, symmetric, unit gain at 0 Hz times the number of phases. */
  taps: Float64Array;
  beta: number;
};

export type LowPassSpecification = {
  /** End of the pass band and start of the stop band, in units of `nyquist`. */
  passEnd: number;
  stopStart: number;
  nyquist: number;
  /** Of the stop band, in dB. */
  attenuation: number;
};

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarterSquare = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarterSquare / (k * k);
    sum += term;
  }
  return sum;
}

/** Cubics in the attenuation giving beta, one per octave of relative transition width from 0.0005 upwards. */
const BETA_FITS = [
  [-6.784957e-10, 1.02856e-5, 0.1087556, -0.8978365],
  [-6.897885e-10, 1.027433e-5, 0.10876, -0.8974658],
  [-1.000683e-9, 1.030092e-5, 0.1087677, -0.8977898],
  [-3.654474e-10, 1.040631e-5, 0.1087085, -0.8917766],
  [8.106988e-9, 6.983091e-6, 0.1091387, -0.9022048],
  [9.519571e-9, 7.272678e-6, 0.1090068, -0.8890768],
  [-5.626821e-9, 1.342186e-5, 0.1083999, -0.8565452],
  [-9.965946e-8, 5.073548e-5, 0.1040967, -0.6822678],
  [1.604808e-7, -5.856462e-5, 0.1185998, -1.24824],
  [-1.511964e-7, 6.363034e-5, 0.1064627, -0.8076665],
] as const;

/** The Kaiser window's parameter; `attenuation` of at least 60 dB. */
function kaiserBeta(attenuation: number, relativeTransition: number): number {
  const octave = Math.log2(relativeTransition / 0.0005);
  const last = BETA_FITS.length - 1;
  const fitted = (index: number): number => {
    const [a, b, c, d] = BETA_FITS[Math.min(Math.max(index, 0), last)]!;
    return ((a * attenuation + b) * attenuation + c) * attenuation + d;
  };
  const below = Math.trunc(octave);
  return fitted(below) + (fitted(below + 1) - fitted(below)) * (octave - below);
}

type Band = { cutoff: number; transition: number; beta: number; length: number };

/** Cut-off, window and estimated length of a filter that is to be used in `phases` interleaved phases. */
function bandOf({ passEnd, stopStart, nyquist, attenuation }: LowPassSpecification, phases: number): Band {
  const stop = stopStart / nyquist / phases;
  const transition = Math.min((0.5 * (stopStart - passEnd)) / nyquist / phases, 0.5 * stop);
  const cutoff = stop - transition;
  const beta = kaiserBeta(attenuation, (transition * 0.5) / cutoff);
  const width = ((0.0007528358 - 1.577737e-5 * beta) * beta + 0.6248022) * beta + 0.06186902;
  return { cutoff, transition, beta, length: Math.ceil(width / transition + 1) };
}

/** A sinc under a Kaiser window whose ends lie `rho` beyond the outermost taps. */
function windowedSinc(length: number, cutoff: number, beta: number, rho: number, scale: number): Float64Array {
  const taps = new Float64Array(length);
  const half = (length - 1) / 2;
  const gain = scale / besselI0(beta);
  for (let i = 0; i <= half; i++) {
    const x = (i - half) * Math.PI;
    const edge = (i - half) / (half + rho);
    const sinc = x === 0 ? cutoff : Math.sin(cutoff * x) / x;
    taps[i] = sinc * besselI0(beta * Math.sqrt(1 - edge * edge)) * gain;
    taps[length - 1 - i] = taps[i]!;
  }
  return taps;
}

/** A single-phase filter; its length is the estimate rounded up to 1 modulo `modulus`. */
export function designLowPass(specification: LowPassSpecification, modulus: number): Float64Array {
  const { cutoff, beta, length } = bandOf(specification, 1);
  const rounded = Math.floor((length + modulus - 2) / modulus) * modulus + 1;
  return windowedSinc(rounded, cutoff, beta, 0.5, 1);
}

/** How many taps each phase of a polyphase filter needs. */
export function tapsPerPhase(specification: LowPassSpecification, phases: number): number {
  return Math.floor(bandOf(specification, phases).length / phases) + 1;
}

/** A filter for `phases` interleaved phases of `tapsEach` taps: `tapsEach * phases - 1` taps, gain `phases`. */
export function designPolyphase(specification: LowPassSpecification, phases: number, tapsEach: number): Float64Array {
  const { cutoff, beta } = bandOf(specification, phases);
  return windowedSinc(tapsEach * phases - 1, cutoff, beta, 0.75, phases);
}

/**
 * Where, between pass band (1) and the middle of the transition band (0.5 is -6 dB), a filter of the given attenuation
 * has fallen by `drop` dB (negative); a fit of libsoxr.
 */
export function transitionPosition(drop: number, attenuation: number): number {
  const phi = ((2.0517e-7 * attenuation - 1.1303e-4) * attenuation + 0.023154) * attenuation + 0.55924;
  const power = Math.log(0.5) / Math.log(Math.sin(phi * 0.5));
  const amplitude = 10 ** (drop / 20);
  const x = Math.asin(Math.min(amplitude, 1 - amplitude) ** (1 / power)) / phi;
  return amplitude > 0.5 ? x : 1 - x;
}
