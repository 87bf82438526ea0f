import { storeTransposed } from '../../../audio/wasm/assembly/_transpose';
import { fftForward } from './_fft';
import { transformFrames } from './_fftDouble';

/** The least number above zero in single precision: keeps 0 / 0 out of ratios. */
const LEAST: f32 = 1.401298464324817e-45;

/**
 * Magnitude and power spectra of four windowed frames of 2 `half` samples, the first at `source` and each `hopBytes`
 * after the one before: bins 0 to `half`, a vector each.
 *
 * Like librosa's, they are transformed in double precision and rounded to single. Up to bin `exact` magnitudes are NumPy's to
 * the bit, so that even local maxima of spectra that are flat but for rounding are the same. A real frame goes through as
 * `half` complex elements, two frames at a time. `window` holds half the window (f64), which spares the unpacking its
 * factor 1/2. `positions`: byte offset of each complex bin in the first half of `scratch`; `rotations`: (cos, -sin) of
 * pi k / `half` (f64) for k up to `half` / 2.
 */
export function spectra(
  source: usize,
  hopBytes: usize,
  half: i32,
  exact: i32,
  window: usize,
  twiddles: usize,
  positions: usize,
  rotations: usize,
  scratch: usize,
  magnitude: usize,
  power: usize,
): void {
  const other = (<usize>half) << 5;
  transformFrames(source, hopBytes, window, half, twiddles, scratch);
  transformFrames(source + 2 * hopBytes, hopBytes, window, half, twiddles, scratch + other);

  storeEnds(scratch, other, half, magnitude, power);
  for (let k = 1; k <= half >> 1; k++) {
    const m = half - k;
    const p = scratch + load<u32>(positions + ((<usize>k) << 2));
    const q = scratch + load<u32>(positions + ((<usize>m) << 2));
    const wr = v128.load64_splat(rotations + ((<usize>k) << 4));
    const wi = v128.load64_splat(rotations + ((<usize>k) << 4), 8);
    const ar = v128.load(p);
    const br = v128.load(q);
    const ai = v128.load(p, 16);
    const bi = v128.load(q, 16);
    const er = f64x2.add(ar, br);
    const ei = f64x2.sub(ai, bi);
    const or = f64x2.add(ai, bi);
    const oi = f64x2.sub(br, ar);
    const tr = f64x2.sub(f64x2.mul(or, wr), f64x2.mul(oi, wi));
    const ti = f64x2.add(f64x2.mul(or, wi), f64x2.mul(oi, wr));
    const ar2 = v128.load(p + other);
    const br2 = v128.load(q + other);
    const ai2 = v128.load(p + other, 16);
    const bi2 = v128.load(q + other, 16);
    const er2 = f64x2.add(ar2, br2);
    const ei2 = f64x2.sub(ai2, bi2);
    const or2 = f64x2.add(ai2, bi2);
    const oi2 = f64x2.sub(br2, ar2);
    const tr2 = f64x2.sub(f64x2.mul(or2, wr), f64x2.mul(oi2, wi));
    const ti2 = f64x2.add(f64x2.mul(or2, wi), f64x2.mul(oi2, wr));
    const kr = toSingle(f64x2.add(er, tr), f64x2.add(er2, tr2));
    const ki = toSingle(f64x2.add(ei, ti), f64x2.add(ei2, ti2));
    const mr = toSingle(f64x2.sub(er, tr), f64x2.sub(er2, tr2));
    const mi = toSingle(f64x2.sub(ei, ti), f64x2.sub(ei2, ti2));
    if (k <= exact) storeExact(kr, ki, magnitude + ((<usize>k) << 4), power + ((<usize>k) << 4));
    else storeFast(kr, ki, magnitude + ((<usize>k) << 4), power + ((<usize>k) << 4));
    storeFast(mr, mi, magnitude + ((<usize>m) << 4), power + ((<usize>m) << 4));
  }
}

/** The first and the last bin, which are real. */
function storeEnds(transformed: usize, other: usize, half: i32, magnitude: usize, power: usize): void {
  const zr = v128.load(transformed);
  const zi = v128.load(transformed, 16);
  const zr2 = v128.load(transformed + other);
  const zi2 = v128.load(transformed + other, 16);
  const first = f32x4.abs(toSingle(f64x2.add(zr, zi), f64x2.add(zr2, zi2)));
  const last = f32x4.abs(toSingle(f64x2.sub(zr, zi), f64x2.sub(zr2, zi2)));
  const end = (<usize>half) << 4;
  storeFast(f32x4.add(first, first), f32x4.splat(0), magnitude, power);
  storeFast(f32x4.add(last, last), f32x4.splat(0), magnitude + end, power + end);
}

function storeFast(re: v128, im: v128, magnitude: usize, power: usize): void {
  const square = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
  v128.store(power, square);
  v128.store(magnitude, f32x4.sqrt(square));
}

/** NumPy's magnitude: larger * sqrt(1 + ratio^2) in single precision, the sum in the root rounded once; and its square. */
function storeExact(re: v128, im: v128, magnitude: usize, power: usize): void {
  const a = f32x4.abs(re);
  const b = f32x4.abs(im);
  const larger = f32x4.pmax(a, b);
  const ratio = f32x4.div(f32x4.pmin(a, b), f32x4.pmax(larger, f32x4.splat(LEAST)));
  const low = f64x2.promote_low_f32x4(ratio);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(ratio, ratio, 1, 1));
  const one = f64x2.splat(1);
  const square = toSingle(f64x2.add(f64x2.mul(low, low), one), f64x2.add(f64x2.mul(high, high), one));
  const size = f32x4.mul(f32x4.sqrt(square), larger);
  v128.store(magnitude, size);
  v128.store(power, f32x4.mul(size, size));
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
    storeTransposed(a, b, c, d, target + (at << 2), 16);
  }
}
