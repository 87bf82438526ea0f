import { storeTransposed } from '../../../audio/wasm/assembly/_transpose';
import { fftForward } from './_fft';

/**
 * Power spectra of four windowed frames, the first at `source` and each `hopBytes` after the one before, filled up with
 * zeros to 2 `half` samples: bins 0 to `half`, a vector each, at `power`.
 *
 * `window` holds half the window (f32, `length` of them, a multiple of 4), which spares the unpacking its factor 1/2. A
 * real frame goes through as `half` complex elements. `positions`: byte offset of each complex bin in
 * `scratch`; `rotations`: (cos, -sin) of pi k / `half` (f32).
 */
export function powerSpectra(
  source: usize,
  hopBytes: usize,
  half: i32,
  window: usize,
  length: i32,
  twiddles: usize,
  positions: usize,
  rotations: usize,
  scratch: usize,
  power: usize,
): void {
  interleaveWindowed(source, hopBytes, window, length, scratch);
  const filled = (<usize>length) << 4;
  memory.fill(scratch + filled, 0, ((<usize>half) << 5) - filled);
  fftForward(scratch, half, twiddles);

  const zr = v128.load(scratch);
  const zi = v128.load(scratch, 16);
  const first = f32x4.add(zr, zi);
  const last = f32x4.sub(zr, zi);
  v128.store(power, f32x4.mul(f32x4.splat(4), f32x4.mul(first, first)));
  v128.store(power + ((<usize>half) << 4), f32x4.mul(f32x4.splat(4), f32x4.mul(last, last)));
  for (let k = 1; k <= half >> 1; k++) {
    const m = half - k;
    const p = scratch + load<u32>(positions + ((<usize>k) << 2));
    const q = scratch + load<u32>(positions + ((<usize>m) << 2));
    const ar = v128.load(p);
    const ai = v128.load(p, 16);
    const br = v128.load(q);
    const bi = v128.load(q, 16);
    const er = f32x4.add(ar, br);
    const ei = f32x4.sub(ai, bi);
    const or = f32x4.add(ai, bi);
    const oi = f32x4.sub(br, ar);
    const wr = v128.load32_splat(rotations + ((<usize>k) << 3));
    const wi = v128.load32_splat(rotations + ((<usize>k) << 3), 4);
    const tr = f32x4.sub(f32x4.mul(or, wr), f32x4.mul(oi, wi));
    const ti = f32x4.add(f32x4.mul(or, wi), f32x4.mul(oi, wr));
    v128.store(power + ((<usize>k) << 4), squaredSize(f32x4.add(er, tr), f32x4.add(ei, ti)));
    v128.store(power + ((<usize>m) << 4), squaredSize(f32x4.sub(er, tr), f32x4.sub(ei, ti)));
  }
}

function squaredSize(re: v128, im: v128): v128 {
  return f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
}

/** Sample i of frame l, times the window, becomes lane l of vector i. */
function interleaveWindowed(source: usize, hopBytes: usize, window: usize, length: i32, target: usize): void {
  const f1 = source + hopBytes;
  const f2 = f1 + hopBytes;
  const f3 = f2 + hopBytes;
  const bytes = (<usize>length) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const w = v128.load(window + at);
    const a = f32x4.mul(w, v128.load(source + at));
    const b = f32x4.mul(w, v128.load(f1 + at));
    const c = f32x4.mul(w, v128.load(f2 + at));
    const d = f32x4.mul(w, v128.load(f3 + at));
    storeTransposed(a, b, c, d, target + (at << 2), 16);
  }
}

/** Powers of which nothing but zeros can be told: keeps 0 / 0 out of the ratios. */
const LEAST: f32 = 1e-30;

/**
 * Autocorrelations of four frames from their power spectra (Wiener and Khinchin), divided by the one at lag 0 and by that
 * of the window (Boersma, 1993): lags 0 to `lags` - 1, a vector each, at `out`.
 *
 * A power spectrum is even, so that its 2 `half` values go through as `half` complex elements. `inverseWindow`: one over
 * the window's own autocorrelation (f32) for each lag. The rest as for `powerSpectra`.
 */
export function autocorrelations(
  power: usize,
  half: i32,
  lags: i32,
  inverseWindow: usize,
  twiddles: usize,
  positions: usize,
  rotations: usize,
  scratch: usize,
  out: usize,
): void {
  const top = (<usize>half) << 4;
  memory.copy(scratch, power, top);
  for (let at: usize = 0; at < top; at += 16) v128.store(scratch + top + at, v128.load(power + top - at));
  fftForward(scratch, half, twiddles);
  const whole = f32x4.add(v128.load(scratch), v128.load(scratch, 16));
  const scale = f32x4.div(f32x4.splat(0.5), f32x4.pmax(whole, f32x4.splat(LEAST)));
  v128.store(out, f32x4.mul(f32x4.add(whole, whole), scale));
  for (let k = 1; k < lags; k++) {
    const p = scratch + load<u32>(positions + ((<usize>k) << 2));
    const q = scratch + load<u32>(positions + ((<usize>(half - k)) << 2));
    const ar = v128.load(p);
    const br = v128.load(q);
    const or = f32x4.add(v128.load(p, 16), v128.load(q, 16));
    const oi = f32x4.sub(br, ar);
    const wr = v128.load32_splat(rotations + ((<usize>k) << 3));
    const wi = v128.load32_splat(rotations + ((<usize>k) << 3), 4);
    const even = f32x4.add(ar, br);
    const odd = f32x4.sub(f32x4.mul(or, wr), f32x4.mul(oi, wi));
    const weight = v128.load32_splat(inverseWindow + ((<usize>k) << 2));
    v128.store(out + ((<usize>k) << 4), f32x4.mul(f32x4.mul(f32x4.add(even, odd), scale), weight));
  }
}
