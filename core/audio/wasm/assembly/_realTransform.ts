/**
 * Real Fourier transforms of four signals at a time, one a SIMD lane, in the very order of additions and multiplications
 * of libsoxr's (PFFFT with four lanes over one signal): results are the same to the bit.
 *
 * A signal of n samples is taken as four interleaved ones of n/4, which go through FFTPACK's real radix-4 and radix-2
 * passes (Swarztrauber); a last radix-4 step joins their spectra. Samples and halfcomplex values take a vector each
 * (16 bytes), elements of whole spectra two (32 bytes: real parts, imaginary parts).
 */

import { storeTransposed } from './_transpose';

const VECTOR: usize = 16;
const ELEMENT: usize = 32;
const SQRT_HALF: f32 = 0.70710678118654752;
const SQRT_TWO: f32 = 1.41421356237309505;

/**
 * One pass of radix 4: of each four halfcomplex sequences of `length`, `groups` sequences apart, one of 4 `length`.
 * `twiddles`: for the second, third and fourth of them `length` floats each, pairs from the first bin on.
 */
function forwardPass4(source: usize, target: usize, length: usize, groups: usize, twiddles: usize): void {
  const row = length * VECTOR;
  const apart = groups * row;
  const end = source + apart;
  const last = row - VECTOR;
  const minus = f32x4.splat(-SQRT_HALF);
  let h = target;
  for (let c = source; c < end; c += row, h += 4 * row) {
    const a0 = v128.load(c);
    const a1 = v128.load(c + apart);
    const a2 = v128.load(c + 2 * apart);
    const a3 = v128.load(c + 3 * apart);
    const odd = f32x4.add(a1, a3);
    const even = f32x4.add(a0, a2);
    v128.store(h, f32x4.add(odd, even));
    v128.store(h + row + last, f32x4.sub(a0, a2));
    v128.store(h + 2 * row, f32x4.sub(a3, a1));
    v128.store(h + 3 * row + last, f32x4.sub(even, odd));
    if (length == 1) continue;
    const c0 = v128.load(c + last);
    const c1 = v128.load(c + apart + last);
    const c2 = v128.load(c + 2 * apart + last);
    const c3 = v128.load(c + 3 * apart + last);
    const ti = f32x4.mul(minus, f32x4.add(c1, c3));
    const tr = f32x4.mul(minus, f32x4.sub(c3, c1));
    v128.store(h + last, f32x4.add(tr, c0));
    v128.store(h + row, f32x4.sub(ti, c2));
    v128.store(h + 2 * row + last, f32x4.sub(c0, tr));
    v128.store(h + 3 * row, f32x4.add(ti, c2));
  }
  const w2 = twiddles + (length << 2);
  const w3 = w2 + (length << 2);
  for (let i: usize = 2; i < length; i += 2) {
    const w = (i - 2) << 2;
    const wr2 = v128.load32_splat(twiddles + w);
    const wi2 = v128.load32_splat(twiddles + w, 4);
    const wr3 = v128.load32_splat(w2 + w);
    const wi3 = v128.load32_splat(w2 + w, 4);
    const wr4 = v128.load32_splat(w3 + w);
    const wi4 = v128.load32_splat(w3 + w, 4);
    const at = (i - 1) * VECTOR;
    let up = target + at;
    let down = target + 2 * row - i * VECTOR - VECTOR;
    for (let c = source + at; c < end; c += row, up += 4 * row, down += 4 * row) {
      const xr2 = v128.load(c + apart);
      const xi2 = v128.load(c + apart, 16);
      const r2 = f32x4.add(f32x4.mul(xr2, wr2), f32x4.mul(xi2, wi2));
      const i2 = f32x4.sub(f32x4.mul(xi2, wr2), f32x4.mul(xr2, wi2));
      const xr4 = v128.load(c + 3 * apart);
      const xi4 = v128.load(c + 3 * apart, 16);
      const r4 = f32x4.add(f32x4.mul(xr4, wr4), f32x4.mul(xi4, wi4));
      const i4 = f32x4.sub(f32x4.mul(xi4, wr4), f32x4.mul(xr4, wi4));
      const tr1 = f32x4.add(r2, r4);
      const tr4 = f32x4.sub(r4, r2);
      const ti1 = f32x4.add(i2, i4);
      const ti4 = f32x4.sub(i2, i4);
      const xr3 = v128.load(c + 2 * apart);
      const xi3 = v128.load(c + 2 * apart, 16);
      const r3 = f32x4.add(f32x4.mul(xr3, wr3), f32x4.mul(xi3, wi3));
      const i3 = f32x4.sub(f32x4.mul(xi3, wr3), f32x4.mul(xr3, wi3));
      const r1 = v128.load(c);
      const i1 = v128.load(c, 16);
      const tr2 = f32x4.add(r1, r3);
      const tr3 = f32x4.sub(r1, r3);
      const ti2 = f32x4.add(i1, i3);
      const ti3 = f32x4.sub(i1, i3);
      v128.store(up, f32x4.add(tr1, tr2));
      v128.store(up, f32x4.add(ti1, ti2), 16);
      v128.store(up + 2 * row, f32x4.add(ti4, tr3));
      v128.store(up + 2 * row, f32x4.add(tr4, ti3), 16);
      v128.store(down, f32x4.sub(tr3, ti4));
      v128.store(down, f32x4.sub(tr4, ti3), 16);
      v128.store(down + 2 * row, f32x4.sub(tr2, tr1));
      v128.store(down + 2 * row, f32x4.sub(ti1, ti2), 16);
    }
  }
}

/** The one pass of radix 2, always over the two halves of the whole: the last forwards, the first backwards. */
function forwardPass2(source: usize, target: usize, length: usize, twiddles: usize): void {
  const row = length * VECTOR;
  const other = source + row;
  const end = target + 2 * row;
  const first = v128.load(source);
  const second = v128.load(other);
  v128.store(target, f32x4.add(first, second));
  v128.store(end - VECTOR, f32x4.sub(first, second));
  for (let i: usize = 2; i < length; i += 2) {
    const at = i * VECTOR;
    const xr = v128.load(other + at - VECTOR);
    const xi = v128.load(other + at);
    const wr = v128.load32_splat(twiddles + ((i - 2) << 2));
    const wi = v128.load32_splat(twiddles + ((i - 2) << 2), 4);
    const tr = f32x4.add(f32x4.mul(xr, wr), f32x4.mul(xi, wi));
    const ti = f32x4.sub(f32x4.mul(xi, wr), f32x4.mul(xr, wi));
    const br = v128.load(source + at - VECTOR);
    const bi = v128.load(source + at);
    v128.store(target + at - VECTOR, f32x4.add(br, tr));
    v128.store(target + at, f32x4.add(bi, ti));
    v128.store(end - at - VECTOR, f32x4.sub(br, tr));
    v128.store(end - at, f32x4.sub(ti, bi));
  }
  v128.store(target + row, f32x4.neg(v128.load(other + row - VECTOR)));
  v128.store(target + row - VECTOR, v128.load(source + row - VECTOR));
}

function inversePass4(source: usize, target: usize, length: usize, groups: usize, twiddles: usize): void {
  const row = length * VECTOR;
  const apart = groups * row;
  const end = target + apart;
  const last = row - VECTOR;
  const two = f32x4.splat(2);
  const minus = f32x4.splat(-SQRT_TWO);
  let c = source;
  for (let h = target; h < end; h += row, c += 4 * row) {
    const a = v128.load(c);
    const b = v128.load(c + 3 * row + last);
    const tr3 = f32x4.mul(two, v128.load(c + row + last));
    const tr4 = f32x4.mul(two, v128.load(c + 2 * row));
    const tr2 = f32x4.add(a, b);
    const tr1 = f32x4.sub(a, b);
    v128.store(h, f32x4.add(tr2, tr3));
    v128.store(h + apart, f32x4.sub(tr1, tr4));
    v128.store(h + 2 * apart, f32x4.sub(tr2, tr3));
    v128.store(h + 3 * apart, f32x4.add(tr1, tr4));
    if (length == 1) continue;
    const e = v128.load(c + last);
    const f = v128.load(c + row);
    const g = v128.load(c + 2 * row + last);
    const k = v128.load(c + 3 * row);
    const ur1 = f32x4.sub(e, g);
    const ur2 = f32x4.add(e, g);
    const ui1 = f32x4.add(k, f);
    const ui2 = f32x4.sub(k, f);
    v128.store(h + last, f32x4.add(ur2, ur2));
    v128.store(h + apart + last, f32x4.mul(minus, f32x4.sub(ui1, ur1)));
    v128.store(h + 2 * apart + last, f32x4.add(ui2, ui2));
    v128.store(h + 3 * apart + last, f32x4.mul(minus, f32x4.add(ui1, ur1)));
  }
  const w2 = twiddles + (length << 2);
  const w3 = w2 + (length << 2);
  for (let i: usize = 2; i < length; i += 2) {
    const w = (i - 2) << 2;
    const wr2 = v128.load32_splat(twiddles + w);
    const wi2 = v128.load32_splat(twiddles + w, 4);
    const wr3 = v128.load32_splat(w2 + w);
    const wi3 = v128.load32_splat(w2 + w, 4);
    const wr4 = v128.load32_splat(w3 + w);
    const wi4 = v128.load32_splat(w3 + w, 4);
    const at = (i - 1) * VECTOR;
    let up = source + at;
    let down = source + 2 * row - i * VECTOR - VECTOR;
    for (let h = target + at; h < end; h += row, up += 4 * row, down += 4 * row) {
      const ar = v128.load(up);
      const ai = v128.load(up, 16);
      const br = v128.load(down + 2 * row);
      const bi = v128.load(down + 2 * row, 16);
      const tr1 = f32x4.sub(ar, br);
      const tr2 = f32x4.add(ar, br);
      const ti1 = f32x4.add(ai, bi);
      const ti2 = f32x4.sub(ai, bi);
      const cr = v128.load(up + 2 * row);
      const ci = v128.load(up + 2 * row, 16);
      const dr = v128.load(down);
      const di = v128.load(down, 16);
      const tr3 = f32x4.add(cr, dr);
      const ti4 = f32x4.sub(cr, dr);
      const tr4 = f32x4.add(ci, di);
      const ti3 = f32x4.sub(ci, di);
      v128.store(h, f32x4.add(tr2, tr3));
      v128.store(h, f32x4.add(ti2, ti3), 16);
      const r2 = f32x4.sub(tr1, tr4);
      const i2 = f32x4.add(ti1, ti4);
      v128.store(h + apart, f32x4.sub(f32x4.mul(r2, wr2), f32x4.mul(i2, wi2)));
      v128.store(h + apart, f32x4.add(f32x4.mul(i2, wr2), f32x4.mul(r2, wi2)), 16);
      const r3 = f32x4.sub(tr2, tr3);
      const i3 = f32x4.sub(ti2, ti3);
      v128.store(h + 2 * apart, f32x4.sub(f32x4.mul(r3, wr3), f32x4.mul(i3, wi3)));
      v128.store(h + 2 * apart, f32x4.add(f32x4.mul(i3, wr3), f32x4.mul(r3, wi3)), 16);
      const r4 = f32x4.add(tr1, tr4);
      const i4 = f32x4.sub(ti1, ti4);
      v128.store(h + 3 * apart, f32x4.sub(f32x4.mul(r4, wr4), f32x4.mul(i4, wi4)));
      v128.store(h + 3 * apart, f32x4.add(f32x4.mul(i4, wr4), f32x4.mul(r4, wi4)), 16);
    }
  }
}

function inversePass2(source: usize, target: usize, length: usize, twiddles: usize): void {
  const row = length * VECTOR;
  const other = target + row;
  const end = source + 2 * row;
  const first = v128.load(source);
  const second = v128.load(end - VECTOR);
  v128.store(target, f32x4.add(first, second));
  v128.store(other, f32x4.sub(first, second));
  for (let i: usize = 2; i < length; i += 2) {
    const at = i * VECTOR;
    const a = v128.load(source + at - VECTOR);
    const b = v128.load(end - at - VECTOR);
    const c = v128.load(source + at);
    const d = v128.load(end - at);
    v128.store(target + at - VECTOR, f32x4.add(a, b));
    v128.store(target + at, f32x4.sub(c, d));
    const tr = f32x4.sub(a, b);
    const ti = f32x4.add(c, d);
    const wr = v128.load32_splat(twiddles + ((i - 2) << 2));
    const wi = v128.load32_splat(twiddles + ((i - 2) << 2), 4);
    v128.store(other + at - VECTOR, f32x4.sub(f32x4.mul(tr, wr), f32x4.mul(ti, wi)));
    v128.store(other + at, f32x4.add(f32x4.mul(ti, wr), f32x4.mul(tr, wi)));
  }
  const a = v128.load(source + row - VECTOR);
  v128.store(target + row - VECTOR, f32x4.add(a, a));
  v128.store(other + row - VECTOR, f32x4.mul(f32x4.splat(-2), v128.load(source + row)));
}

/** All passes over one interleaved signal of `length` vectors; returns where the result lies, `data` or `spare`. */
function forwardPasses(data: usize, spare: usize, length: usize, twiddles: usize): usize {
  let source = data;
  let target = spare;
  let groups = length;
  let done: usize = 1;
  let table = twiddles + ((length - 1) << 2);
  while (groups > 1) {
    const radix: usize = groups >= 4 ? 4 : 2;
    groups /= radix;
    table -= ((radix - 1) * done) << 2;
    if (radix == 4) forwardPass4(source, target, done, groups, table);
    else forwardPass2(source, target, done, table);
    done *= radix;
    const swapped = source;
    source = target;
    target = swapped;
  }
  return source;
}

function inversePasses(data: usize, spare: usize, length: usize, twiddles: usize): usize {
  let source = data;
  let target = spare;
  let groups: usize = 1;
  let left = length;
  let table = twiddles;
  const isOdd = (31 - clz<u32>(<u32>length)) & 1;
  while (left > 1) {
    const radix: usize = isOdd && groups == 1 ? 2 : 4;
    left /= radix;
    if (radix == 4) inversePass4(source, target, left, groups, table);
    else inversePass2(source, target, left, table);
    table += ((radix - 1) * left) << 2;
    groups *= radix;
    const swapped = source;
    source = target;
    target = swapped;
  }
  return source;
}

/**
 * Transforms four stretches of `length` samples, `advance` samples apart, into spectra of `length` / 2 + 1 elements.
 *
 * `tables`: twiddles of the passes (`length` / 4 floats), then (cos, -sin) of 2 pi m k / `length`, m = 1, 2, 3, for
 * each k < `length` / 8. `scratch`: room for 5/4 `length` vectors.
 */
export function forwardReal(
  input: usize,
  advance: usize,
  length: usize,
  tables: usize,
  scratch: usize,
  spectrum: usize,
): void {
  const quarter = length >> 2;
  const part = quarter * VECTOR;
  gather(input, advance, length, scratch, part);
  const spare = scratch + 4 * part;
  // The passes go to and fro between a part and the spare room; what is free after one part is spare for the next.
  const s0 = forwardPasses(scratch, spare, quarter, tables);
  let free = s0 == spare ? scratch : spare;
  const s1 = forwardPasses(scratch + part, free, quarter, tables);
  free = s1 == free ? scratch + part : free;
  const s2 = forwardPasses(scratch + 2 * part, free, quarter, tables);
  free = s2 == free ? scratch + 2 * part : free;
  const s3 = forwardPasses(scratch + 3 * part, free, quarter, tables);

  const quarterBin = spectrum + quarter * ELEMENT;
  const halfBin = quarterBin + quarter * ELEMENT;
  joinEnds(s0, s1, s2, s3, part, quarter, spectrum);
  let w = tables + part / 4;
  for (let k: usize = 1; k < quarter >> 1; k++) {
    w += 24;
    const at = k * ELEMENT;
    const r0 = v128.load(s0 + at - VECTOR);
    const i0 = v128.load(s0 + at);
    const xr1 = v128.load(s1 + at - VECTOR);
    const xi1 = v128.load(s1 + at);
    const xr2 = v128.load(s2 + at - VECTOR);
    const xi2 = v128.load(s2 + at);
    const xr3 = v128.load(s3 + at - VECTOR);
    const xi3 = v128.load(s3 + at);
    const w1r = v128.load32_splat(w);
    const w1i = v128.load32_splat(w, 4);
    const w2r = v128.load32_splat(w, 8);
    const w2i = v128.load32_splat(w, 12);
    const w3r = v128.load32_splat(w, 16);
    const w3i = v128.load32_splat(w, 20);
    const r1 = f32x4.sub(f32x4.mul(xr1, w1r), f32x4.mul(xi1, w1i));
    const i1 = f32x4.add(f32x4.mul(xi1, w1r), f32x4.mul(xr1, w1i));
    const r2 = f32x4.sub(f32x4.mul(xr2, w2r), f32x4.mul(xi2, w2i));
    const i2 = f32x4.add(f32x4.mul(xi2, w2r), f32x4.mul(xr2, w2i));
    const r3 = f32x4.sub(f32x4.mul(xr3, w3r), f32x4.mul(xi3, w3i));
    const i3 = f32x4.add(f32x4.mul(xi3, w3r), f32x4.mul(xr3, w3i));
    const sr0 = f32x4.add(r0, r2);
    const dr0 = f32x4.sub(r0, r2);
    const sr1 = f32x4.add(r1, r3);
    const dr1 = f32x4.sub(r3, r1);
    const si0 = f32x4.add(i0, i2);
    const di0 = f32x4.sub(i0, i2);
    const si1 = f32x4.add(i1, i3);
    const di1 = f32x4.sub(i3, i1);
    const bin = k * ELEMENT;
    v128.store(spectrum + bin, f32x4.add(sr0, sr1));
    v128.store(spectrum + bin, f32x4.add(si0, si1), 16);
    v128.store(quarterBin - bin, f32x4.add(dr0, di1));
    v128.store(quarterBin - bin, f32x4.sub(dr1, di0), 16);
    v128.store(quarterBin + bin, f32x4.sub(dr0, di1));
    v128.store(quarterBin + bin, f32x4.add(dr1, di0), 16);
    v128.store(halfBin - bin, f32x4.sub(sr0, sr1));
    v128.store(halfBin - bin, f32x4.sub(si1, si0), 16);
  }
}

/** The bins at multiples of an eighth of the length, which come of first and last values alone. */
function joinEnds(s0: usize, s1: usize, s2: usize, s3: usize, part: usize, quarter: usize, spectrum: usize): void {
  const a0 = v128.load(s0);
  const a1 = v128.load(s1);
  const a2 = v128.load(s2);
  const a3 = v128.load(s3);
  const last = part - VECTOR;
  const b0 = v128.load(s0 + last);
  const b1 = v128.load(s1 + last);
  const b2 = v128.load(s2 + last);
  const b3 = v128.load(s3 + last);
  const zero = f32x4.splat(0);
  const half = f32x4.splat(SQRT_HALF);
  const even = f32x4.add(a0, a2);
  const odd = f32x4.add(a1, a3);
  const eighth = (quarter >> 1) * ELEMENT;
  v128.store(spectrum, f32x4.add(even, odd));
  v128.store(spectrum, zero, 16);
  v128.store(spectrum + 4 * eighth, f32x4.sub(even, odd));
  v128.store(spectrum + 4 * eighth, zero, 16);
  v128.store(spectrum + 2 * eighth, f32x4.sub(a0, a2));
  v128.store(spectrum + 2 * eighth, f32x4.sub(a3, a1), 16);
  const difference = f32x4.mul(half, f32x4.sub(b1, b3));
  const sum = f32x4.mul(half, f32x4.add(b1, b3));
  v128.store(spectrum + eighth, f32x4.add(b0, difference));
  v128.store(spectrum + eighth, f32x4.sub(f32x4.neg(b2), sum), 16);
  v128.store(spectrum + 3 * eighth, f32x4.sub(b0, difference));
  v128.store(spectrum + 3 * eighth, f32x4.sub(b2, sum), 16);
}

/** The inverse of `forwardReal`, times `length`: the first `count` samples of each signal, one signal after the other. */
export function inverseReal(
  spectrum: usize,
  length: usize,
  tables: usize,
  scratch: usize,
  count: usize,
  output: usize,
): void {
  const quarter = length >> 2;
  const part = quarter * VECTOR;
  const p0 = scratch;
  const p1 = p0 + part;
  const p2 = p1 + part;
  const p3 = p2 + part;
  splitEnds(spectrum, quarter, p0, part);
  const quarterBin = spectrum + quarter * ELEMENT;
  const halfBin = quarterBin + quarter * ELEMENT;
  let w = tables + part / 4;
  for (let k: usize = 1; k < quarter >> 1; k++) {
    w += 24;
    const bin = k * ELEMENT;
    const r0 = v128.load(spectrum + bin);
    const i0 = v128.load(spectrum + bin, 16);
    const r1 = v128.load(quarterBin - bin);
    const i1 = v128.load(quarterBin - bin, 16);
    const r2 = v128.load(quarterBin + bin);
    const i2 = v128.load(quarterBin + bin, 16);
    const r3 = v128.load(halfBin - bin);
    const i3 = v128.load(halfBin - bin, 16);
    const sr0 = f32x4.add(r0, r3);
    const dr0 = f32x4.sub(r0, r3);
    const sr1 = f32x4.add(r1, r2);
    const dr1 = f32x4.sub(r1, r2);
    const si0 = f32x4.add(i0, i3);
    const di0 = f32x4.sub(i0, i3);
    const si1 = f32x4.add(i1, i2);
    const di1 = f32x4.sub(i1, i2);
    const at = k * ELEMENT;
    v128.store(p0 + at - VECTOR, f32x4.add(sr0, sr1));
    v128.store(p0 + at, f32x4.sub(di0, di1));
    storeTurned(p1 + at, w, f32x4.sub(dr0, si1), f32x4.sub(si0, dr1));
    storeTurned(p2 + at, w + 8, f32x4.sub(sr0, sr1), f32x4.add(di0, di1));
    storeTurned(p3 + at, w + 16, f32x4.add(dr0, si1), f32x4.add(si0, dr1));
  }
  const spare = p3 + part;
  const s0 = inversePasses(p0, spare, quarter, tables);
  let free = s0 == spare ? p0 : spare;
  const s1 = inversePasses(p1, free, quarter, tables);
  free = s1 == free ? p1 : free;
  const s2 = inversePasses(p2, free, quarter, tables);
  free = s2 == free ? p2 : free;
  const s3 = inversePasses(p3, free, quarter, tables);
  scatter(s0, s1, s2, s3, count, output);
}

/** Times the conjugate of a twiddle. */
function storeTurned(at: usize, twiddle: usize, re: v128, im: v128): void {
  const wr = v128.load32_splat(twiddle);
  const wi = v128.load32_splat(twiddle, 4);
  v128.store(at - VECTOR, f32x4.add(f32x4.mul(re, wr), f32x4.mul(im, wi)));
  v128.store(at, f32x4.sub(f32x4.mul(im, wr), f32x4.mul(re, wi)));
}

function splitEnds(spectrum: usize, quarter: usize, p0: usize, part: usize): void {
  const eighth = (quarter >> 1) * ELEMENT;
  const two = f32x4.splat(2);
  const root = f32x4.splat(SQRT_TWO);
  const r0 = v128.load(spectrum);
  const i0 = v128.load(spectrum + 4 * eighth);
  const r1 = v128.load(spectrum + eighth);
  const i1 = v128.load(spectrum + eighth, 16);
  const r2 = v128.load(spectrum + 2 * eighth);
  const i2 = v128.load(spectrum + 2 * eighth, 16);
  const r3 = v128.load(spectrum + 3 * eighth);
  const i3 = v128.load(spectrum + 3 * eighth, 16);
  const sum = f32x4.add(r0, i0);
  const difference = f32x4.sub(r0, i0);
  const p1 = p0 + part;
  const p2 = p1 + part;
  const p3 = p2 + part;
  v128.store(p0, f32x4.add(sum, f32x4.mul(two, r2)));
  v128.store(p1, f32x4.sub(difference, f32x4.mul(two, i2)));
  v128.store(p2, f32x4.sub(sum, f32x4.mul(two, r2)));
  v128.store(p3, f32x4.add(difference, f32x4.mul(two, i2)));
  const last = part - VECTOR;
  const real = f32x4.mul(root, f32x4.sub(r1, r3));
  const imaginary = f32x4.mul(root, f32x4.add(i1, i3));
  v128.store(p0 + last, f32x4.mul(two, f32x4.add(r1, r3)));
  v128.store(p1 + last, f32x4.sub(real, imaginary));
  v128.store(p2 + last, f32x4.mul(two, f32x4.sub(i3, i1)));
  v128.store(p3 + last, f32x4.sub(f32x4.neg(real), imaginary));
}

/** Sample 4i + l of four signals becomes vector i of part l. */
function gather(input: usize, advance: usize, length: usize, target: usize, part: usize): void {
  const in1 = input + (advance << 2);
  const in2 = in1 + (advance << 2);
  const in3 = in2 + (advance << 2);
  for (let at: usize = 0; at < length << 2; at += 16) {
    const a = v128.load(input + at);
    const b = v128.load(in1 + at);
    const c = v128.load(in2 + at);
    const d = v128.load(in3 + at);
    storeTransposed(a, b, c, d, target + at, part);
  }
}

/** The reverse of `gather`, for the first `count` samples. */
function scatter(s0: usize, s1: usize, s2: usize, s3: usize, count: usize, output: usize): void {
  const out1 = output + (count << 2);
  const out2 = out1 + (count << 2);
  const out3 = out2 + (count << 2);
  const whole = (count & ~3) << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const a = v128.load(s0 + at);
    const b = v128.load(s1 + at);
    const c = v128.load(s2 + at);
    const d = v128.load(s3 + at);
    storeTransposed(a, b, c, d, output + at, count << 2);
  }
  for (let i = whole >> 2; i < count; i++, at += 4) {
    const last = v128.load(whole + ((i & 3) == 0 ? s0 : (i & 3) == 1 ? s1 : s2));
    v128.store32_lane(output + at, last, 0);
    v128.store32_lane(out1 + at, last, 1);
    v128.store32_lane(out2 + at, last, 2);
    v128.store32_lane(out3 + at, last, 3);
  }
}
