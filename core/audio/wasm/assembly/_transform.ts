/**
 * Real Fourier transforms of four blocks of a signal at once, one per lane: a complex value is a vector of four real
 * parts followed by a vector of four imaginary ones. No arithmetic crosses lanes, so blocks never disturb one another.
 */

const COMPLEX: usize = 32;
const IMAGINARY: usize = 16;
const TWIDDLES: usize = 24;

/** Radix-4 steps, decimation in frequency, over consecutive transforms of `size` values; results in bit-reversed order. */
function forwardPass(data: usize, end: usize, size: usize, twiddles: usize): void {
  const quarter = (size >> 2) * COMPLEX;
  for (let block = data; block < end; block += quarter << 2) {
    let twiddle = twiddles;
    for (let p = block; p < block + quarter; p += COMPLEX) {
      const p1 = p + quarter;
      const p2 = p1 + quarter;
      const p3 = p2 + quarter;
      const ar = v128.load(p);
      const ai = v128.load(p, IMAGINARY);
      const br = v128.load(p1);
      const bi = v128.load(p1, IMAGINARY);
      const cr = v128.load(p2);
      const ci = v128.load(p2, IMAGINARY);
      const dr = v128.load(p3);
      const di = v128.load(p3, IMAGINARY);
      const t0r = add(ar, cr);
      const t0i = add(ai, ci);
      const t1r = sub(ar, cr);
      const t1i = sub(ai, ci);
      const t2r = add(br, dr);
      const t2i = add(bi, di);
      const t3r = sub(bi, di);
      const t3i = sub(dr, br);
      v128.store(p, add(t0r, t2r));
      v128.store(p, add(t0i, t2i), IMAGINARY);
      storeTurned(p1, sub(t0r, t2r), sub(t0i, t2i), v128.load32_splat(twiddle, 8), v128.load32_splat(twiddle, 12));
      storeTurned(p2, add(t1r, t3r), add(t1i, t3i), v128.load32_splat(twiddle), v128.load32_splat(twiddle, 4));
      storeTurned(p3, sub(t1r, t3r), sub(t1i, t3i), v128.load32_splat(twiddle, 16), v128.load32_splat(twiddle, 20));
      twiddle += TWIDDLES;
    }
  }
}

function storeTurned(p: usize, re: v128, im: v128, cos: v128, sin: v128): void {
  v128.store(p, sub(mul(re, cos), mul(im, sin)));
  v128.store(p, add(mul(re, sin), mul(im, cos)), IMAGINARY);
}

/** The inverse of `forwardPass`, times four. */
function inversePass(data: usize, end: usize, size: usize, twiddles: usize): void {
  const quarter = (size >> 2) * COMPLEX;
  for (let block = data; block < end; block += quarter << 2) {
    let twiddle = twiddles;
    for (let p = block; p < block + quarter; p += COMPLEX) {
      const p1 = p + quarter;
      const p2 = p1 + quarter;
      const p3 = p2 + quarter;
      const c1 = v128.load32_splat(twiddle);
      const s1 = v128.load32_splat(twiddle, 4);
      const c2 = v128.load32_splat(twiddle, 8);
      const s2 = v128.load32_splat(twiddle, 12);
      const c3 = v128.load32_splat(twiddle, 16);
      const s3 = v128.load32_splat(twiddle, 20);
      const xr = v128.load(p1);
      const xi = v128.load(p1, IMAGINARY);
      const yr = v128.load(p2);
      const yi = v128.load(p2, IMAGINARY);
      const zr = v128.load(p3);
      const zi = v128.load(p3, IMAGINARY);
      const y0r = v128.load(p);
      const y0i = v128.load(p, IMAGINARY);
      const y1r = add(mul(xr, c2), mul(xi, s2));
      const y1i = sub(mul(xi, c2), mul(xr, s2));
      const y2r = add(mul(yr, c1), mul(yi, s1));
      const y2i = sub(mul(yi, c1), mul(yr, s1));
      const y3r = add(mul(zr, c3), mul(zi, s3));
      const y3i = sub(mul(zi, c3), mul(zr, s3));
      const t0r = add(y0r, y1r);
      const t0i = add(y0i, y1i);
      const t2r = sub(y0r, y1r);
      const t2i = sub(y0i, y1i);
      const t1r = add(y2r, y3r);
      const t1i = add(y2i, y3i);
      const t3r = sub(y2r, y3r);
      const t3i = sub(y2i, y3i);
      v128.store(p, add(t0r, t1r));
      v128.store(p, add(t0i, t1i), IMAGINARY);
      v128.store(p1, sub(t2r, t3i));
      v128.store(p1, add(t2i, t3r), IMAGINARY);
      v128.store(p2, sub(t0r, t1r));
      v128.store(p2, sub(t0i, t1i), IMAGINARY);
      v128.store(p3, add(t2r, t3i));
      v128.store(p3, sub(t2i, t3r), IMAGINARY);
      twiddle += TWIDDLES;
    }
  }
}

/** Transforms of two values, their own inverse but for a factor of two: what is left of an odd power of two. */
function pairPass(data: usize, end: usize): void {
  for (let p = data; p < end; p += 2 * COMPLEX) {
    const ar = v128.load(p);
    const ai = v128.load(p, IMAGINARY);
    const br = v128.load(p, COMPLEX);
    const bi = v128.load(p, COMPLEX + IMAGINARY);
    v128.store(p, add(ar, br));
    v128.store(p, add(ai, bi), IMAGINARY);
    v128.store(p, sub(ar, br), COMPLEX);
    v128.store(p, sub(ai, bi), COMPLEX + IMAGINARY);
  }
}

/** Twiddles of a pass of the given size; passes are stored from the largest size down. */
function afterPass(twiddles: usize, size: usize): usize {
  return twiddles + (size >> 2) * TWIDDLES;
}

/** All passes below the first over one quarter at a time, which stays in the nearest cache. */
export function forward(data: usize, size: usize, twiddles: usize): void {
  const end = data + size * COMPLEX;
  forwardPass(data, end, size, twiddles);
  const quarter = (size >> 2) * COMPLEX;
  for (let part = data; part < end; part += quarter) {
    let pass = afterPass(twiddles, size);
    let length = size >> 2;
    for (; length >= 4; length >>= 2) {
      forwardPass(part, part + quarter, length, pass);
      pass = afterPass(pass, length);
    }
    if (length == 2) pairPass(part, part + quarter);
  }
}

/** Where the twiddles of the pass of `length` begin, in the table of a transform of `size`. */
function passTwiddles(twiddles: usize, size: usize, length: usize): usize {
  for (let current = size; current > length; current >>= 2) twiddles = afterPass(twiddles, current);
  return twiddles;
}

export function inverse(data: usize, size: usize, twiddles: usize): void {
  const end = data + size * COMPLEX;
  const quarter = (size >> 2) * COMPLEX;
  const isOdd = (31 - clz<u32>(<u32>size)) & 1;
  for (let part = data; part < end; part += quarter) {
    if (isOdd) pairPass(part, part + quarter);
    for (let length: usize = isOdd ? 8 : 4; length < size; length <<= 2) {
      inversePass(part, part + quarter, length, passTwiddles(twiddles, size, length));
    }
  }
  inversePass(data, end, size, twiddles);
}

/** Four stretches of `2 * size` samples, `advance` samples apart, into lanes; even samples become real parts. */
export function gather(input: usize, advance: usize, data: usize, size: usize): void {
  const end = data + size * COMPLEX;
  const in1 = input + (advance << 2);
  const in2 = in1 + (advance << 2);
  const in3 = in2 + (advance << 2);
  let at: usize = 0;
  for (let p = data; p < end; p += 2 * COMPLEX, at += 16) {
    const a = v128.load(input + at);
    const b = v128.load(in1 + at);
    const c = v128.load(in2 + at);
    const d = v128.load(in3 + at);
    const ab = lowPairs(a, b);
    const cd = lowPairs(c, d);
    const AB = highPairs(a, b);
    const CD = highPairs(c, d);
    v128.store(p, lowHalves(ab, cd));
    v128.store(p, highHalves(ab, cd), 16);
    v128.store(p, lowHalves(AB, CD), 32);
    v128.store(p, highHalves(AB, CD), 48);
  }
}

/** `count` samples of each lane, from sample `first` on, to four stretches that follow one another. */
export function scatter(data: usize, first: usize, count: usize, output: usize): void {
  const bytes = count << 2;
  const out1 = output + bytes;
  const out2 = out1 + bytes;
  const out3 = out2 + bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    // The last group overlaps the one before it, so that nothing is written beyond a stretch.
    if (at + 16 > bytes) at = bytes - 16;
    const p = data + (first << 4) + (at << 2);
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    const ab = lowPairs(a, b);
    const cd = lowPairs(c, d);
    const AB = highPairs(a, b);
    const CD = highPairs(c, d);
    v128.store(output + at, lowHalves(ab, cd));
    v128.store(out1 + at, highHalves(ab, cd));
    v128.store(out2 + at, lowHalves(AB, CD));
    v128.store(out3 + at, highHalves(AB, CD));
  }
}

/** From the transform of even + i odd samples to the spectrum of the real signal, bins 0 to `size`, times two. */
export function unpack(data: usize, size: usize, positions: usize, rotations: usize, spectrum: usize): void {
  for (let k: usize = 0, mirror = size; k <= mirror; k++, mirror--) {
    const p = data + load<u32>(positions + (k << 2));
    const q = data + load<u32>(positions + (mirror << 2));
    const ar = v128.load(p);
    const ai = v128.load(p, IMAGINARY);
    const br = v128.load(q);
    const bi = v128.load(q, IMAGINARY);
    const evenR = add(ar, br);
    const evenI = sub(ai, bi);
    const oddR = add(ai, bi);
    const oddI = sub(br, ar);
    const cos = v128.load32_splat(rotations + (k << 3));
    const sin = v128.load32_splat(rotations + (k << 3), 4);
    const turnedR = add(mul(oddR, cos), mul(oddI, sin));
    const turnedI = sub(mul(oddI, cos), mul(oddR, sin));
    const x = spectrum + k * COMPLEX;
    const y = spectrum + mirror * COMPLEX;
    v128.store(x, add(evenR, turnedR));
    v128.store(x, add(evenI, turnedI), IMAGINARY);
    v128.store(y, sub(evenR, turnedR));
    v128.store(y, sub(turnedI, evenI), IMAGINARY);
  }
}

/** The spectrum of a signal with a zero after each sample: bins from `size` to `2 * size` mirror those below. */
export function mirrorSpectrum(spectrum: usize, size: usize): void {
  for (let k: usize = 0; k < size; k++) {
    const from = spectrum + k * COMPLEX;
    const to = spectrum + (2 * size - k) * COMPLEX;
    v128.store(to, v128.load(from));
    v128.store(to, f32x4.neg(v128.load(from, IMAGINARY)), IMAGINARY);
  }
}

/** The inverse of `unpack`, times two, of the spectrum multiplied by a real response. */
export function packFiltered(
  spectrum: usize,
  response: usize,
  size: usize,
  positions: usize,
  rotations: usize,
  data: usize,
): void {
  for (let k: usize = 0, mirror = size; k <= mirror; k++, mirror--) {
    const x = spectrum + k * COMPLEX;
    const y = spectrum + mirror * COMPLEX;
    const gainX = v128.load32_splat(response + (k << 2));
    const gainY = v128.load32_splat(response + (mirror << 2));
    const ar = mul(v128.load(x), gainX);
    const ai = mul(v128.load(x, IMAGINARY), gainX);
    const br = mul(v128.load(y), gainY);
    const bi = mul(v128.load(y, IMAGINARY), gainY);
    const evenR = add(ar, br);
    const evenI = sub(ai, bi);
    const turnedR = sub(ar, br);
    const turnedI = add(ai, bi);
    const cos = v128.load32_splat(rotations + (k << 3));
    const sin = v128.load32_splat(rotations + (k << 3), 4);
    const oddR = sub(mul(turnedR, cos), mul(turnedI, sin));
    const oddI = add(mul(turnedI, cos), mul(turnedR, sin));
    const p = data + load<u32>(positions + (k << 2));
    const q = data + load<u32>(positions + (mirror << 2));
    v128.store(p, sub(evenR, oddI));
    v128.store(p, add(evenI, oddR), IMAGINARY);
    v128.store(q, add(evenR, oddI));
    v128.store(q, sub(oddR, evenI), IMAGINARY);
  }
}

export function rotationsOf(tables: usize, size: usize): usize {
  return tables + ((size + 1) << 2);
}
export function twiddlesOf(tables: usize, size: usize): usize {
  return rotationsOf(tables, size) + ((size / 2 + 1) << 3);
}

function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}
function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
/** a0 b0 a1 b1 */
function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}
/** a2 b2 a3 b3 */
function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}
/** a0 a1 b0 b1 */
function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}
/** a2 a3 b2 b3 */
function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}
