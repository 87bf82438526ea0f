import { decibels } from './_decibels';

/** Powers below it, relative to a full-scale signal, count as it. */
const FLOOR: f32 = 1e-8;
/** Keeps 0 / 0 out of ratios. */
const LEAST: f32 = 1e-30;
/** 10 / ln 10: decibels of a power in one neper of it. */
const DECIBELS: f32 = 4.342944819;

function level(power: v128): v128 {
  return decibels(f32x4.pmax(power, f32x4.splat(FLOOR)));
}

/** Puts four frames of contour `index`. */
function put(contours: usize, stride: usize, index: i32, value: v128): void {
  v128.store(contours + <usize>index * stride, value);
}

/**
 * Eight contours from the spectra of four frames: centroid and spread of the magnitudes; the four lowest bins below
 * which 25, 50, 75 and 90 % of the power lie; alpha ratio (`low` to `middle` against `middle` to `high`) and Hammarberg
 * index (the peaks below and above `divide`, up to `high`) in dB.
 *
 * All in bins. Also leaves magnitudes at `magnitude`; `scratch` takes as many vectors.
 */
export function spectralShape(
  power: usize,
  bins: i32,
  low: i32,
  middle: i32,
  divide: i32,
  high: i32,
  magnitude: usize,
  scratch: usize,
  contours: usize,
  stride: usize,
): void {
  const bytes = (<usize>bins) << 4;
  const one = f32x4.splat(1);
  let total = f32x4.splat(LEAST);
  let first = f32x4.splat(0);
  let running = f32x4.splat(0);
  let bin = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const p = v128.load(power + at);
    const m = f32x4.sqrt(p);
    v128.store(magnitude + at, m);
    running = f32x4.add(running, p);
    v128.store(scratch + at, running);
    total = f32x4.add(total, m);
    first = f32x4.add(first, f32x4.mul(m, bin));
    bin = f32x4.add(bin, one);
  }
  const centroid = f32x4.div(first, total);
  const q25 = f32x4.mul(running, f32x4.splat(0.25));
  const q50 = f32x4.mul(running, f32x4.splat(0.5));
  const q75 = f32x4.mul(running, f32x4.splat(0.75));
  const q90 = f32x4.mul(running, f32x4.splat(0.9));
  let n25 = i32x4.splat(0);
  let n50 = n25;
  let n75 = n25;
  let n90 = n25;
  let second = f32x4.splat(0);
  let offset = f32x4.neg(centroid);
  for (let at: usize = 0; at < bytes; at += 16) {
    const sum = v128.load(scratch + at);
    n25 = i32x4.sub(n25, f32x4.lt(sum, q25));
    n50 = i32x4.sub(n50, f32x4.lt(sum, q50));
    n75 = i32x4.sub(n75, f32x4.lt(sum, q75));
    n90 = i32x4.sub(n90, f32x4.lt(sum, q90));
    second = f32x4.add(second, f32x4.mul(v128.load(magnitude + at), f32x4.mul(offset, offset)));
    offset = f32x4.add(offset, one);
  }
  put(contours, stride, 0, centroid);
  put(contours, stride, 1, f32x4.sqrt(f32x4.div(second, total)));
  put(contours, stride, 2, f32x4.convert_i32x4_s(n25));
  put(contours, stride, 3, f32x4.convert_i32x4_s(n50));
  put(contours, stride, 4, f32x4.convert_i32x4_s(n75));
  put(contours, stride, 5, f32x4.convert_i32x4_s(n90));
  const alpha = f32x4.sub(level(sumOf(power, low, middle)), level(sumOf(power, middle, high)));
  put(contours, stride, 6, alpha);
  put(contours, stride, 7, f32x4.sub(level(largestOf(power, 0, divide)), level(largestOf(power, divide, high))));
}

function sumOf(power: usize, from: i32, to: i32): v128 {
  let sum = f32x4.splat(0);
  const end = power + ((<usize>to) << 4);
  for (let at = power + ((<usize>from) << 4); at < end; at += 16) sum = f32x4.add(sum, v128.load(at));
  return sum;
}

function largestOf(power: usize, from: i32, to: i32): v128 {
  let largest = f32x4.splat(0);
  const end = power + ((<usize>to) << 4);
  for (let at = power + ((<usize>from) << 4); at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at));
  return largest;
}

/** Levels of the bands (dB) at `levels`, which follow one another for each band and four frames. */
export function melDecibels(mel: usize, bands: i32, levels: usize): void {
  const bytes = (<usize>bands) << 4;
  for (let at: usize = 0; at < bytes; at += 16) v128.store(levels + at, level(v128.load(mel + at)));
}

/**
 * Contours of the mel bands of four frames: loudness (sum of the fourth roots), flatness (geometric by arithmetic mean, in
 * dB), entropy (in nepers), then `cepstra` coefficients by the `transform` (f32, `cepstra` rows of `bands`).
 */
export function bandShape(
  mel: usize,
  levels: usize,
  bands: i32,
  transform: usize,
  cepstra: i32,
  contours: usize,
  stride: usize,
): void {
  let sum = f32x4.splat(LEAST);
  let loudness = f32x4.splat(0);
  let levelSum = f32x4.splat(0);
  const bytes = (<usize>bands) << 4;
  for (let at: usize = 0; at < bytes; at += 16) {
    const power = v128.load(mel + at);
    sum = f32x4.add(sum, power);
    loudness = f32x4.add(loudness, f32x4.sqrt(f32x4.sqrt(power)));
    levelSum = f32x4.add(levelSum, v128.load(levels + at));
  }
  const whole = level(sum);
  let entropy = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const share = f32x4.div(v128.load(mel + at), sum);
    entropy = f32x4.add(entropy, f32x4.mul(share, f32x4.sub(whole, v128.load(levels + at))));
  }
  const count = f32x4.splat(<f32>bands);
  put(contours, stride, 0, loudness);
  put(contours, stride, 1, f32x4.sub(f32x4.div(levelSum, count), level(f32x4.div(sum, count))));
  put(contours, stride, 2, f32x4.div(entropy, f32x4.splat(DECIBELS)));
  for (let k = 0; k < cepstra; k++) {
    let coefficient = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      coefficient = f32x4.add(coefficient, f32x4.mul(v128.load32_splat(transform), v128.load(levels + at)));
      transform += 4;
    }
    put(contours, stride, 3 + k, coefficient);
  }
}

/**
 * What changed from frame to frame: spectral flux (distance of the square roots of the mel powers, which sum to 1) and
 * rise (mean of the rises of the levels, in dB). The first frame of all has neither.
 *
 * `previous` keeps the roots and levels of the frames before, 2 x `bands` vectors, from one call to the next.
 */
export function bandChanges(
  mel: usize,
  levels: usize,
  bands: i32,
  isFirst: bool,
  previous: usize,
  contours: usize,
  stride: usize,
): void {
  const bytes = (<usize>bands) << 4;
  let sum = f32x4.splat(LEAST);
  for (let at: usize = 0; at < bytes; at += 16) sum = f32x4.add(sum, f32x4.sqrt(v128.load(mel + at)));
  let distance = f32x4.splat(0);
  let rise = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const share = f32x4.div(f32x4.sqrt(v128.load(mel + at)), sum);
    const difference = f32x4.sub(share, delayed(share, previous + at, isFirst));
    distance = f32x4.add(distance, f32x4.mul(difference, difference));
    const here = v128.load(levels + at);
    const higher = f32x4.sub(here, delayed(here, previous + bytes + at, isFirst));
    rise = f32x4.add(rise, f32x4.pmax(f32x4.splat(0), higher));
  }
  put(contours, stride, 0, f32x4.sqrt(distance));
  put(contours, stride, 1, f32x4.div(rise, f32x4.splat(<f32>bands)));
}

/** The values one frame earlier; the vector is kept for the next call. */
function delayed(values: v128, previous: usize, isFirst: bool): v128 {
  const before = isFirst ? v128.shuffle<f32>(values, values, 0, 0, 0, 0) : v128.load(previous);
  v128.store(previous, values);
  return v128.shuffle<f32>(before, values, 3, 4, 5, 6);
}

/**
 * Slopes of the levels (dB) over some bins by least squares: `count` contours. `table`: for each first bin and number of bins
 * (i32), then as many weights (f32).
 */
export function slopes(power: usize, table: usize, count: i32, contours: usize, stride: usize): void {
  for (let index = 0; index < count; index++) {
    let at = power + ((<usize>load<i32>(table)) << 4);
    const bins = load<i32>(table, 4);
    table += 8;
    let slope = f32x4.splat(0);
    for (let i = 0; i < bins; i++) {
      slope = f32x4.add(slope, f32x4.mul(v128.load32_splat(table), level(v128.load(at))));
      table += 4;
      at += 16;
    }
    put(contours, stride, index, slope);
  }
}

/** 20 log10 of `count` vectors of magnitudes by as many others, neither below the floor: a contour each. */
export function ratioDecibels(
  numerators: usize,
  denominators: usize,
  count: i32,
  contours: usize,
  stride: usize,
): void {
  for (let index = 0; index < count; index++) {
    const above = v128.load(numerators + ((<usize>index) << 4));
    const below = v128.load(denominators + ((<usize>index) << 4));
    put(contours, stride, index, f32x4.sub(level(f32x4.mul(above, above)), level(f32x4.mul(below, below))));
  }
}
