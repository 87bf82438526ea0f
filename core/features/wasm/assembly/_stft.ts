import { fftForward } from './_fft';
import { fftForwardDouble } from './_fftDouble';

/**
 * Magnitude and power spectra of four windowed frames of 2 `half` samples, the first at `source` and each `hopBytes`
 * after the one before: bins 0 to `half`, a vector each.
 *
 * Like librosa's, they are transformed in double precision and rounded to single, so that even local maxima of spectra
 * that are flat but for rounding are the same. A real frame goes through as `half` complex elements, two frames at a
 * time. `window` holds half the window (f64), which spares the unpacking its factor 1/2. `positions`: byte
 * offset of each complex bin in `scratch`; `rotations`: (cos, -sin) of pi k / `half` (f64) for k up to `half` / 2.
 */
export function spectra(
  source: usize,
  hopBytes: usize,
  half: i32,
  window: usize,
  twiddles: usize,
  positions: usize,
  rotations: usize,
  scratch: usize,
  magnitude: usize,
  power: usize,
): void {
  for (let pair: usize = 0; pair < 2; pair++) {
    windowFrames(source, hopBytes, half, window, scratch);
    fftForwardDouble(scratch, half, twiddles);
    storeSpectra(scratch, half, positions, rotations, magnitude + pair * 8, power + pair * 8);
    source += 2 * hopBytes;
  }
}

/** Sample i of frames 0 and 1, times the window, becomes vector i; read as complex elements (x[2m], x[2m + 1]). */
function windowFrames(source: usize, hopBytes: usize, half: i32, window: usize, target: usize): void {
  const bytes = (<usize>half) << 3;
  for (let at: usize = 0; at < bytes; at += 8) {
    const w = v128.load(window + 2 * at);
    const a = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(source + at)), w);
    const b = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(source + hopBytes + at)), w);
    v128.store(target + (at << 2), v128.shuffle<f64>(a, b, 0, 2));
    v128.store(target + (at << 2), v128.shuffle<f64>(a, b, 1, 3), 16);
  }
}

function storeSpectra(
  transformed: usize,
  half: i32,
  positions: usize,
  rotations: usize,
  magnitude: usize,
  power: usize,
): void {
  const zr = v128.load(transformed);
  const zi = v128.load(transformed, 16);
  const first = f64x2.add(zr, zi);
  const last = f64x2.sub(zr, zi);
  const zero = f64x2.splat(0);
  storeBins(0, half, f64x2.add(first, first), zero, f64x2.add(last, last), zero, magnitude, power);
  for (let k = 1; k <= half >> 1; k++) {
    const p = transformed + load<u32>(positions + ((<usize>k) << 2));
    const q = transformed + load<u32>(positions + ((<usize>(half - k)) << 2));
    const ar = v128.load(p);
    const ai = v128.load(p, 16);
    const br = v128.load(q);
    const bi = v128.load(q, 16);
    const evenR = f64x2.add(ar, br);
    const evenI = f64x2.sub(ai, bi);
    const oddR = f64x2.add(ai, bi);
    const oddI = f64x2.sub(br, ar);
    const wr = v128.load64_splat(rotations + ((<usize>k) << 4));
    const wi = v128.load64_splat(rotations + ((<usize>k) << 4), 8);
    const tr = f64x2.sub(f64x2.mul(oddR, wr), f64x2.mul(oddI, wi));
    const ti = f64x2.add(f64x2.mul(oddR, wi), f64x2.mul(oddI, wr));
    storeBins(
      k,
      half - k,
      f64x2.add(evenR, tr),
      f64x2.add(evenI, ti),
      f64x2.sub(evenR, tr),
      f64x2.sub(evenI, ti),
      magnitude,
      power,
    );
  }
}

/**
 * Stores magnitude and its square for two bins of two frames. The magnitude is NumPy's: larger * sqrt(1 + ratio^2) in
 * single precision, the sum in the root rounded once.
 */
function storeBins(k: i32, m: i32, kr: v128, ki: v128, mr: v128, mi: v128, magnitude: usize, power: usize): void {
  const re = f32x4.abs(toSingle(kr, mr));
  const im = f32x4.abs(toSingle(ki, mi));
  const larger = f32x4.pmax(re, im);
  const isNonzero = f32x4.ne(larger, f32x4.splat(0));
  const ratio = v128.and(f32x4.div(f32x4.pmin(re, im), larger), isNonzero);
  const low = f64x2.promote_low_f32x4(ratio);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(ratio, ratio, 1, 1));
  const one = f64x2.splat(1);
  const square = toSingle(f64x2.add(f64x2.mul(low, low), one), f64x2.add(f64x2.mul(high, high), one));
  const size = f32x4.mul(f32x4.sqrt(square), larger);
  const squared = f32x4.mul(size, size);
  v128.store64_lane(magnitude + ((<usize>k) << 4), size, 0);
  v128.store64_lane(magnitude + ((<usize>m) << 4), size, 1);
  v128.store64_lane(power + ((<usize>k) << 4), squared, 0);
  v128.store64_lane(power + ((<usize>m) << 4), squared, 1);
}

function toSingle(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/**
 * Bins `first` to `last` (both included) of four frames of 2 `half` samples under a rectangular window, times two, in
 * single precision: complex elements at `out`.
 */
export function bandSpectra(
  source: usize,
  hopBytes: usize,
  half: i32,
  first: i32,
  last: i32,
  twiddles: usize,
  positions: usize,
  rotations: usize,
  scratch: usize,
  out: usize,
): void {
  interleaveFrames(source, hopBytes, half << 1, scratch);
  fftForward(scratch, half, twiddles);
  for (let k = first; k <= last; k++) {
    const p = scratch + load<u32>(positions + ((<usize>k) << 2));
    const q = scratch + load<u32>(positions + ((<usize>(half - k)) << 2));
    const ar = v128.load(p);
    const ai = v128.load(p, 16);
    const br = v128.load(q);
    const bi = v128.load(q, 16);
    const oddR = f32x4.add(ai, bi);
    const oddI = f32x4.sub(br, ar);
    const wr = v128.load32_splat(rotations + ((<usize>k) << 3));
    const wi = v128.load32_splat(rotations + ((<usize>k) << 3), 4);
    v128.store(out, f32x4.add(f32x4.add(ar, br), f32x4.sub(f32x4.mul(oddR, wr), f32x4.mul(oddI, wi))));
    v128.store(out, f32x4.add(f32x4.sub(ai, bi), f32x4.add(f32x4.mul(oddR, wi), f32x4.mul(oddI, wr))), 16);
    out += 32;
  }
}

/** Sample i of frame l becomes lane l of vector i; read as complex elements (x[2m], x[2m + 1]). */
function interleaveFrames(source: usize, hopBytes: usize, length: i32, target: usize): void {
  const f1 = source + hopBytes;
  const f2 = f1 + hopBytes;
  const f3 = f2 + hopBytes;
  const bytes = (<usize>length) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const a = v128.load(source + at);
    const b = v128.load(f1 + at);
    const c = v128.load(f2 + at);
    const d = v128.load(f3 + at);
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const out = target + (at << 2);
    v128.store(out, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
    v128.store(out, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), 16);
    v128.store(out, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 32);
    v128.store(out, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 48);
  }
}
