import {
  DECIBELS_PER_BIT,
  designLowPass,
  designPolyphase,
  tapsPerPhase,
  transitionPosition,
  type LowPassSpecification,
} from './filterDesign.js';

/**
 * One step of a rate conversion. Every stage is linear in phase and centred: its output `m` stands at input time
 * `m * down / up`, and what lies before its first input sample counts as zero.
 */
export type Stage =
  | {
      /** A long filter at `up` times the input rate, every `down`-th output kept. */
      kind: 'fir';
      up: number;
      down: number;
      /** Odd length; gain `up`. */
      taps: Float64Array;
      /** The transform length of libsoxr's overlap-save for it; decides where digital silence stays exact. */
      blockLength: number;
    }
  | {
      /** `up` phases of a short filter, stepping by `down` of them: a rational ratio. */
      kind: 'polyphase';
      up: number;
      down: number;
      /** Taps `tapsEach * up - 1`. */
      taps: Float64Array;
      tapsEach: number;
    }
  | {
      /** `2 ** phaseBits` phases with polynomials between them: a ratio that is no fraction of small numbers. */
      kind: 'interpolated';
      /** Input samples per output sample, in units of 2^-32. */
      step: number;
      taps: Float64Array;
      tapsEach: number;
      phaseBits: number;
      /** Degree of the polynomials, 1 or 2. */
      order: 1 | 2;
    };

/** Passband end of the recipe "HQ": 20 bits; the point 3 dB down lies at 95 % of the lower Nyquist frequency. */
const BITS = 20;
const PASS_END = 1 - 0.05 / (1 - transitionPosition(-3, BITS * DECIBELS_PER_BIT));
const STOP_START = 1;
/** One bit more than the precision, for pass and stop band together. */
const ATTENUATION = (BITS + 1) * DECIBELS_PER_BIT;
const LARGEST_UP = 2048;
const LARGEST_BANK_BYTES = 401_000;

/**
 * Half-band filters (centre 0.5, then the odd taps on either side; the even ones are zero) with the stop-band attenuation they reach.
 */
const HALF_BANDS = [
  {
    attenuation: 136.51,
    odd: [
      3.1154652365332069e-1, -8.7344917685739543e-2, 3.681445835363728e-2, -1.5189204581464479e-2,
      5.4540855610738801e-3, -1.5643862626630416e-3, 3.1816575906323303e-4, -3.4799449225005688e-5,
    ],
  },
  {
    attenuation: 152.32,
    odd: [
      3.1227034755311189e-1, -8.9221517147969526e-2, 3.9139704015071934e-2, -1.7250558515852023e-2,
      6.8589440230476112e-3, -2.3045049636430419e-3, 6.0963740543348963e-4, -1.1323803957431231e-4,
      1.119776999000004e-5,
    ],
  },
];

/** How a ratio is divided among the stages. */
type Factors = {
  upsampling: boolean;
  halvings: number;
  /** The long filter ahead of the polyphase stage; undefined when it comes after. */
  before: { up: number; down: number } | undefined;
  /** `down` is no integer for a ratio that is no fraction of small numbers. */
  arbitrary: { up: number; down: number; rational: boolean };
  after: { up: number; down: number };
};

/** The fraction that equals `part` (0 to 1) within a resolution of 2^-32. */
function fractionOf(part: number): { numerator: number; denominator: number } | undefined {
  const units = part * 2 ** 32;
  const tolerance = Math.abs(Math.round(units) / units - 1);
  for (let denominator = 1; denominator <= LARGEST_UP; denominator++) {
    const exact = part * denominator;
    const numerator = Math.round(exact);
    if (Math.abs(numerator / exact - 1) <= tolerance) return { numerator, denominator };
  }
  return undefined;
}

/** Divides `ratio` (input samples per output sample) among the stages, by libsoxr's rules (`cr.c`) for its recipe "HQ". */
function divideRatio(ratio: number, lastUp = 1): Factors {
  const upsampling = ratio < 1;
  let rest = ratio;
  let halvings = 0;
  for (; rest >= 4; rest /= 2) halvings++;
  const longFilterLast = rest > 1.5 && rest < 2;
  const after = { up: lastUp, down: longFilterLast ? 2 : 1 };
  const firstUp = rest < 2 && !longFilterLast ? 2 : 1;
  rest = (rest / after.down) * firstUp;

  const whole = Math.floor(rest);
  const fraction = rest === whole ? { numerator: 0, denominator: 1 } : fractionOf(rest - whole);
  const arbitrary = fraction
    ? { up: fraction.denominator, down: fraction.denominator * whole + fraction.numerator, rational: true }
    : { up: 1, down: rest, rational: false };

  const expansion = (firstUp * arbitrary.up) / arbitrary.down;
  if (lastUp === 1 && expansion > 4 && expansion !== 5) {
    let up = 4;
    for (let n = Math.floor(expansion / 32); n > 0 && up < 256; n >>= 1) up *= 2;
    return divideRatio(ratio * up, up);
  }
  const before = longFilterLast ? undefined : { up: firstUp, down: 1 };
  const factors = { upsampling, halvings, before, arbitrary, after };
  return arbitrary.rational ? withoutPolyphase(factors) : factors;
}

/** A ratio of very small numbers needs the long filter alone. */
function withoutPolyphase(factors: Factors): Factors {
  const { before, arbitrary, after } = factors;
  let up = (before?.up ?? 1) * arbitrary.up;
  let down = arbitrary.down * after.down;
  if (up % 2 === 0 && down % 2 === 0) {
    up /= 2;
    down /= 2;
  }
  if (Math.max(up, down) >= 5 && up * down >= 6) return factors;
  return {
    ...factors,
    before: { up, down },
    arbitrary: { up: 1, down: 1, rational: true },
    after: { up: after.up, down: 1 },
  };
}

function halfBandStage(attenuation: number): Stage {
  const { odd } = HALF_BANDS.find((filter) => attenuation <= filter.attenuation) ?? HALF_BANDS.at(-1)!;
  const centre = 2 * odd.length - 1;
  const taps = new Float64Array(2 * centre + 1);
  taps[centre] = 0.5;
  odd.forEach((tap, i) => {
    taps[centre + 2 * i + 1] = tap;
    taps[centre - 2 * i - 1] = tap;
  });
  return { kind: 'polyphase', up: 1, down: 2, taps, tapsEach: taps.length + 1 };
}

function longStage(up: number, down: number, specification: LowPassSpecification): Stage {
  const inSpectrum = up > 1 && Number.isInteger(Math.log2(up)) && specification.nyquist === up;
  const taps = designLowPass(specification, inSpectrum ? 2 * up : 4);
  for (let i = 0; i < taps.length; i++) taps[i]! *= up;
  const blockLength = 2 ** Math.max(10, Math.floor(Math.log2(taps.length) + 2.77));
  return { kind: 'fir', up, down, taps, blockLength };
}

/**
 * The stage for the part of the ratio that no long filter covers. `band` is what the stage before it leaves, in units
 * of this stage's input Nyquist frequency.
 */
function polyphaseStage(factors: Factors, band: { passEnd: number; stopStart: number }, attenuation: number): Stage {
  const { upsampling, before, arbitrary } = factors;
  const shrink = upsampling ? 1 : arbitrary.down / arbitrary.up;
  const nyquist = before ? 1 : 2 * shrink;
  const stopStart = before
    ? 2 - (band.passEnd + (band.stopStart - band.passEnd) * 0.7)
    : 3 + Math.abs(band.stopStart - 1);
  // Images only need to be down where the long filter is: the pass band ends where this one has lost 0.01 dB.
  const passEnd = stopStart - (stopStart - band.passEnd) / (1 - transitionPosition(Math.fround(-0.01), attenuation));
  const specification = { passEnd, stopStart, nyquist, attenuation };
  const tapsFor = (phases: number): number => {
    const count = tapsPerPhase(specification, Math.max(phases, 19));
    return before && !upsampling ? count + (count % 2) : count;
  };

  if (arbitrary.rational) {
    const tapsEach = tapsFor(arbitrary.up);
    // With an odd number of taps outputs stand between two phases, so that each phase is split in two.
    const split = tapsEach % 2 === 1 && arbitrary.up % 2 === 1 ? 2 : 1;
    const up = arbitrary.up * split;
    const taps = designPolyphase(specification, up, tapsEach);
    return { kind: 'polyphase', up, down: arbitrary.down * split, taps, tapsEach };
  }
  const [linear, quadratic] = upsampling ? [11, 7] : before ? [12.4, 7.8] : [10.6, 6.75];
  for (const { order, precision } of [
    { order: 1, precision: linear },
    { order: 2, precision: quadratic },
  ] as const) {
    const phaseBits = Math.ceil(precision - Math.log2(shrink));
    const phases = 2 ** phaseBits;
    const tapsEach = tapsFor(phases);
    const bankBytes = 4 * phases * (order + 1) * Math.ceil(tapsEach / 4) * 4;
    if (order === 1 && bankBytes >= LARGEST_BANK_BYTES) continue;
    const taps = designPolyphase(specification, phases, tapsEach);
    const step = Math.round((arbitrary.down / arbitrary.up) * 2 ** 32);
    return { kind: 'interpolated', step, taps, tapsEach, phaseBits, order };
  }
  throw new Error('unreachable');
}

/**
 * The stages that take samples from one rate to another, as libsoxr plans them for its recipe "HQ" (20 bits, linear
 * phase), which is `soxr_hq` of librosa.
 *
 * @param ratio input samples per output sample; not 1
 */
export function planStages(ratio: number): Stage[] {
  const factors = divideRatio(ratio);
  const { upsampling, halvings, before, arbitrary, after } = factors;
  const hasArbitrary = arbitrary.up * arbitrary.down !== 1;
  const hasAfter = after.up * after.down !== 1;

  // Errors of the stages add up: each gets a share of what is allowed, the polyphase stage half of all.
  const others = halvings + Number(before !== undefined) + Number(hasAfter);
  const polyphaseAttenuation = ATTENUATION + (hasArbitrary && others > 0 ? DECIBELS_PER_BIT : 0);
  const attenuation = polyphaseAttenuation + (others > 1 ? 20 * Math.log10(others) : 0);

  const stages: Stage[] = Array.from({ length: halvings }, () => halfBandStage(attenuation));
  const band = { passEnd: PASS_END, stopStart: STOP_START };
  if (before) {
    const narrowest = Math.max(before.up, before.down);
    const nyquist = upsampling || !hasArbitrary ? narrowest : arbitrary.down / arbitrary.up;
    stages.push(longStage(before.up, before.down, { ...band, nyquist, attenuation }));
    band.passEnd /= nyquist;
    band.stopStart /= nyquist;
  }
  if (hasArbitrary) stages.push(polyphaseStage(factors, band, polyphaseAttenuation));
  if (hasAfter) {
    const alpha = after.down / (ratio * after.up);
    const own = upsampling
      ? { passEnd: PASS_END / alpha, stopStart: Math.max(2 - STOP_START / alpha, 1) }
      : { passEnd: PASS_END, stopStart: STOP_START };
    const nyquist = Math.max(after.up, after.down);
    stages.push(longStage(after.up, after.down, { ...own, nyquist, attenuation }));
  }
  return stages;
}
