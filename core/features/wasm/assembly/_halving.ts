import { fftForward, fftInverse } from './_fft';

const HALF = 512;
const FULL = 1024;

/**
 * Halves the rate of a signal: overlap-save convolution with a symmetric filter, every second sample kept.
 *
 * Eight blocks of 1,024 samples go through one transform, two to a lane as real and imaginary part. `response`: the
 * filter's real spectrum in the order of the transform, scaled by everything there is to scale. `reach`: taps on either
 * side of the filter's centre. Reads zeros must lie for `reach` + 8 blocks around `source`; writes `count`
 * samples at `target` and up to eight blocks more.
 */
export function halve(
  source: usize,
  count: i32,
  reach: i32,
  response: usize,
  twiddlesFull: usize,
  twiddlesHalf: usize,
  scratch: usize,
  target: usize,
): void {
  const valid = ((FULL - 2 * reach) >> 1) & ~3; // outputs of a block
  const lead = (reach + 1) & ~1; // inputs before the first that an output stands on
  for (let first = 0; first < count; first += 8 * valid) {
    const begin = source + ((<usize>(2 * first)) << 2) - ((<usize>lead) << 2);
    loadBlocks(begin, (<usize>(2 * valid)) << 2, scratch);
    fftForward(scratch, FULL, twiddlesFull);
    applyAndFold(scratch, response);
    fftInverse(scratch, HALF, twiddlesHalf);
    storeBlocks(scratch + ((<usize>(lead >> 1)) << 5), valid, target + ((<usize>first) << 2));
  }
}

/** Blocks 2l and 2l + 1 become real and imaginary part of lane l. */
function loadBlocks(begin: usize, step: usize, target: usize): void {
  for (let part: usize = 0; part < 2; part++) {
    const b0 = begin + part * step;
    const b1 = b0 + 2 * step;
    const b2 = b1 + 2 * step;
    const b3 = b2 + 2 * step;
    for (let at: usize = 0; at < (<usize>FULL) << 2; at += 16) {
      const a = v128.load(b0 + at);
      const b = v128.load(b1 + at);
      const c = v128.load(b2 + at);
      const d = v128.load(b3 + at);
      const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      const out = target + (at << 3) + (part << 4);
      v128.store(out, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
      v128.store(out, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), 32);
      v128.store(out, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 64);
      v128.store(out, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 96);
    }
  }
}

/**
 * Multiplies by the response and adds the upper half of the spectrum to the lower, which keeps every second sample.
 * Bins k and k + 512 lie two elements apart, and the sums fall into the order that the inverse transform takes.
 */
function applyAndFold(data: usize, response: usize): void {
  let out = data;
  for (let at = data, end = data + ((<usize>FULL) << 5); at < end; at += 128) {
    const h0 = v128.load32_splat(response);
    const h1 = v128.load32_splat(response, 4);
    const h2 = v128.load32_splat(response, 8);
    const h3 = v128.load32_splat(response, 12);
    response += 16;
    const r0 = f32x4.add(f32x4.mul(h0, v128.load(at)), f32x4.mul(h2, v128.load(at, 64)));
    const i0 = f32x4.add(f32x4.mul(h0, v128.load(at, 16)), f32x4.mul(h2, v128.load(at, 80)));
    const r1 = f32x4.add(f32x4.mul(h1, v128.load(at, 32)), f32x4.mul(h3, v128.load(at, 96)));
    const i1 = f32x4.add(f32x4.mul(h1, v128.load(at, 48)), f32x4.mul(h3, v128.load(at, 112)));
    v128.store(out, r0);
    v128.store(out, i0, 16);
    v128.store(out, r1, 32);
    v128.store(out, i1, 48);
    out += 64;
  }
}

function storeBlocks(data: usize, valid: i32, target: usize): void {
  const step = (<usize>valid) << 2;
  for (let part: usize = 0; part < 2; part++) {
    const b0 = target + part * step;
    const b1 = b0 + 2 * step;
    const b2 = b1 + 2 * step;
    const b3 = b2 + 2 * step;
    for (let at: usize = 0; at < step; at += 16) {
      const from = data + (at << 3) + (part << 4);
      const a = v128.load(from);
      const b = v128.load(from, 32);
      const c = v128.load(from, 64);
      const d = v128.load(from, 96);
      const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(b0 + at, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
      v128.store(b1 + at, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
      v128.store(b2 + at, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
      v128.store(b3 + at, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
    }
  }
}
