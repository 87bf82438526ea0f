import { fftForward } from './_fft';

/**
 * Copies four frames of `length` samples, the first at `source` and each `hopBytes` after the one before, into
 * lanes: sample i of frame l becomes lane l of vector i. Read as complex elements, that is (x[2m], x[2m + 1]).
 */
function interleave(source: usize, hopBytes: usize, length: i32, target: usize, window: usize): void {
  const f1 = source + hopBytes;
  const f2 = f1 + hopBytes;
  const f3 = f2 + hopBytes;
  const bytes = (<usize>length) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    let a = v128.load(source + at);
    let b = v128.load(f1 + at);
    let c = v128.load(f2 + at);
    let d = v128.load(f3 + at);
    if (window != 0) {
      const w = v128.load(window + at);
      a = f32x4.mul(a, w);
      b = f32x4.mul(b, w);
      c = f32x4.mul(c, w);
      d = f32x4.mul(d, w);
    }
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

/**
 * Magnitude and power spectra of four windowed frames of 2 `half` samples, bins 0 to `half` each.
 *
 * The real frame is transformed as `half` complex elements and unpacked two bins at a time. `window` holds half the
 * window, which spares the unpacking its factor 1/2. `positions`: byte offset of each complex bin in `scratch`;
 * `rotations`: (cos, -sin) of pi k / `half` for k up to `half` / 2.
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
  interleave(source, hopBytes, half << 1, scratch, window);
  fftForward(scratch, half, twiddles);

  const zr = v128.load(scratch);
  const zi = v128.load(scratch, 16);
  storeBin(f32x4.add(zr, zr), f32x4.add(zi, zi), true, magnitude, power, 0, half);
  for (let k = 1; k <= half >> 1; k++) {
    const m = half - k;
    const p = scratch + load<u32>(positions + ((<usize>k) << 2));
    const q = scratch + load<u32>(positions + ((<usize>m) << 2));
    const ar = v128.load(p);
    const ai = v128.load(p, 16);
    const br = v128.load(q);
    const bi = v128.load(q, 16);
    const evenR = f32x4.add(ar, br);
    const evenI = f32x4.sub(ai, bi);
    const oddR = f32x4.add(ai, bi);
    const oddI = f32x4.sub(br, ar);
    const wr = v128.load32_splat(rotations + ((<usize>k) << 3));
    const wi = v128.load32_splat(rotations + ((<usize>k) << 3), 4);
    const tr = f32x4.sub(f32x4.mul(oddR, wr), f32x4.mul(oddI, wi));
    const ti = f32x4.add(f32x4.mul(oddR, wi), f32x4.mul(oddI, wr));
    storeBin(f32x4.add(evenR, tr), f32x4.add(evenI, ti), false, magnitude, power, k, k);
    storeBin(f32x4.sub(evenR, tr), f32x4.sub(evenI, ti), false, magnitude, power, m, m);
  }
}

/** Stores |re + i im|; for the packed first element (`ends`) |re + im| and |re - im|, the two purely real bins. */
function storeBin(re: v128, im: v128, ends: bool, magnitude: usize, power: usize, k: i32, last: i32): void {
  const at = (<usize>k) << 4;
  if (ends) {
    const atLast = (<usize>last) << 4;
    const first = f32x4.abs(f32x4.add(re, im));
    const nyquist = f32x4.abs(f32x4.sub(re, im));
    v128.store(magnitude + at, first);
    v128.store(power + at, f32x4.mul(first, first));
    v128.store(magnitude + atLast, nyquist);
    v128.store(power + atLast, f32x4.mul(nyquist, nyquist));
    return;
  }
  const square = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im));
  v128.store(power + at, square);
  v128.store(magnitude + at, f32x4.sqrt(square));
}

/**
 * Bins `first` to `last` (both included) of four frames of 2 `half` samples under a rectangular window, times two:
 * complex elements at `out`.
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
  interleave(source, hopBytes, half << 1, scratch, 0);
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
