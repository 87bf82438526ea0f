/**
 * The transform of `_fft.ts` in double precision, two signals at a time: a complex element takes 32 bytes here too, two
 * real parts and then two imaginary parts, and bins lie in the same order.
 */

const TWIDDLE_BYTES: usize = 48;

/**
 * Transforms two windowed frames of 2 `n` samples, the first at `source` and the other `apart` bytes behind, as `n` complex
 * elements (x[2m], x[2m + 1]) each, to `data`. `n` is a power of four, at least 16; `window`: 2 `n` weights (f64).
 *
 * What the first stage leaves are four transforms of a quarter, which are finished one after another: each fits into the
 * first-level cache with its twiddles.
 */
export function transformFrames(
  source: usize,
  apart: usize,
  window: usize,
  n: i32,
  twiddles: usize,
  data: usize,
): void {
  const quarter = n >> 2;
  firstStage(source, apart, window, quarter, twiddles, data);
  const rest = twiddles + <usize>quarter * TWIDDLE_BYTES;
  const bytes = (<usize>quarter) << 5;
  for (let part = 0; part < 4; part++, data += bytes) laterStages(data, data + bytes, quarter, rest);
}

/** Windows the samples as it takes them. */
function firstStage(source: usize, apart: usize, window: usize, quarter: i32, table: usize, data: usize): void {
  const stride = (<usize>quarter) << 5;
  const samples = stride >> 2;
  const weights = stride >> 1;
  for (let p0 = data; p0 < data + stride; p0 += 32) {
    const x0 = windowed(source, window);
    const y0 = windowed(source + apart, window);
    const a0r = v128.shuffle<f64>(x0, y0, 0, 2);
    const a0i = v128.shuffle<f64>(x0, y0, 1, 3);
    const x1 = windowed(source + samples, window + weights);
    const y1 = windowed(source + apart + samples, window + weights);
    const a1r = v128.shuffle<f64>(x1, y1, 0, 2);
    const a1i = v128.shuffle<f64>(x1, y1, 1, 3);
    const x2 = windowed(source + 2 * samples, window + 2 * weights);
    const y2 = windowed(source + apart + 2 * samples, window + 2 * weights);
    const a2r = v128.shuffle<f64>(x2, y2, 0, 2);
    const a2i = v128.shuffle<f64>(x2, y2, 1, 3);
    const x3 = windowed(source + 3 * samples, window + 3 * weights);
    const y3 = windowed(source + apart + 3 * samples, window + 3 * weights);
    const a3r = v128.shuffle<f64>(x3, y3, 0, 2);
    const a3i = v128.shuffle<f64>(x3, y3, 1, 3);
    const p1 = p0 + stride;
    const p2 = p1 + stride;
    const p3 = p2 + stride;
    const w1r = v128.load64_splat(table);
    const w1i = v128.load64_splat(table, 8);
    const w2r = v128.load64_splat(table, 16);
    const w2i = v128.load64_splat(table, 24);
    const w3r = v128.load64_splat(table, 32);
    const w3i = v128.load64_splat(table, 40);
    table += TWIDDLE_BYTES;
    const s02r = f64x2.add(a0r, a2r);
    const s02i = f64x2.add(a0i, a2i);
    const d02r = f64x2.sub(a0r, a2r);
    const d02i = f64x2.sub(a0i, a2i);
    const s13r = f64x2.add(a1r, a3r);
    const s13i = f64x2.add(a1i, a3i);
    const d13r = f64x2.sub(a1r, a3r);
    const d13i = f64x2.sub(a1i, a3i);
    v128.store(p0, f64x2.add(s02r, s13r));
    v128.store(p0, f64x2.add(s02i, s13i), 16);
    const b1r = f64x2.add(d02r, d13i);
    const b1i = f64x2.sub(d02i, d13r);
    v128.store(p1, f64x2.sub(f64x2.mul(b1r, w1r), f64x2.mul(b1i, w1i)));
    v128.store(p1, f64x2.add(f64x2.mul(b1r, w1i), f64x2.mul(b1i, w1r)), 16);
    const b2r = f64x2.sub(s02r, s13r);
    const b2i = f64x2.sub(s02i, s13i);
    v128.store(p2, f64x2.sub(f64x2.mul(b2r, w2r), f64x2.mul(b2i, w2i)));
    v128.store(p2, f64x2.add(f64x2.mul(b2r, w2i), f64x2.mul(b2i, w2r)), 16);
    const b3r = f64x2.sub(d02r, d13i);
    const b3i = f64x2.add(d02i, d13r);
    v128.store(p3, f64x2.sub(f64x2.mul(b3r, w3r), f64x2.mul(b3i, w3i)));
    v128.store(p3, f64x2.add(f64x2.mul(b3r, w3i), f64x2.mul(b3i, w3r)), 16);
    source += 8;
    window += 16;
  }
}

/** Two samples, times their weights. */
function windowed(samples: usize, weights: usize): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(samples)), v128.load(weights));
}

function laterStages(data: usize, end: usize, size: i32, table: usize): void {
  for (; size >= 4; size >>= 2) {
    const quarter = size >> 2;
    const stride = (<usize>quarter) << 5;
    const block = (<usize>size) << 5;
    plainButterflies(data, end, stride, block);
    table += TWIDDLE_BYTES;
    for (let j = 1; j < quarter; j++) {
      const w1r = v128.load64_splat(table);
      const w1i = v128.load64_splat(table, 8);
      const w2r = v128.load64_splat(table, 16);
      const w2i = v128.load64_splat(table, 24);
      const w3r = v128.load64_splat(table, 32);
      const w3i = v128.load64_splat(table, 40);
      table += TWIDDLE_BYTES;
      for (let p0 = data + ((<usize>j) << 5); p0 < end; p0 += block) {
        const p1 = p0 + stride;
        const p2 = p1 + stride;
        const p3 = p2 + stride;
        const a0r = v128.load(p0);
        const a0i = v128.load(p0, 16);
        const a1r = v128.load(p1);
        const a1i = v128.load(p1, 16);
        const a2r = v128.load(p2);
        const a2i = v128.load(p2, 16);
        const a3r = v128.load(p3);
        const a3i = v128.load(p3, 16);
        const s02r = f64x2.add(a0r, a2r);
        const s02i = f64x2.add(a0i, a2i);
        const d02r = f64x2.sub(a0r, a2r);
        const d02i = f64x2.sub(a0i, a2i);
        const s13r = f64x2.add(a1r, a3r);
        const s13i = f64x2.add(a1i, a3i);
        const d13r = f64x2.sub(a1r, a3r);
        const d13i = f64x2.sub(a1i, a3i);
        v128.store(p0, f64x2.add(s02r, s13r));
        v128.store(p0, f64x2.add(s02i, s13i), 16);
        const b1r = f64x2.add(d02r, d13i);
        const b1i = f64x2.sub(d02i, d13r);
        v128.store(p1, f64x2.sub(f64x2.mul(b1r, w1r), f64x2.mul(b1i, w1i)));
        v128.store(p1, f64x2.add(f64x2.mul(b1r, w1i), f64x2.mul(b1i, w1r)), 16);
        const b2r = f64x2.sub(s02r, s13r);
        const b2i = f64x2.sub(s02i, s13i);
        v128.store(p2, f64x2.sub(f64x2.mul(b2r, w2r), f64x2.mul(b2i, w2i)));
        v128.store(p2, f64x2.add(f64x2.mul(b2r, w2i), f64x2.mul(b2i, w2r)), 16);
        const b3r = f64x2.sub(d02r, d13i);
        const b3i = f64x2.add(d02i, d13r);
        v128.store(p3, f64x2.sub(f64x2.mul(b3r, w3r), f64x2.mul(b3i, w3i)));
        v128.store(p3, f64x2.add(f64x2.mul(b3r, w3i), f64x2.mul(b3i, w3r)), 16);
      }
    }
  }
}

/** The first of each block's butterflies, whose twiddles are 1. */
function plainButterflies(data: usize, end: usize, stride: usize, block: usize): void {
  for (let p0 = data; p0 < end; p0 += block) {
    const p1 = p0 + stride;
    const p2 = p1 + stride;
    const p3 = p2 + stride;
    const a0r = v128.load(p0);
    const a0i = v128.load(p0, 16);
    const a1r = v128.load(p1);
    const a1i = v128.load(p1, 16);
    const a2r = v128.load(p2);
    const a2i = v128.load(p2, 16);
    const a3r = v128.load(p3);
    const a3i = v128.load(p3, 16);
    const s02r = f64x2.add(a0r, a2r);
    const s02i = f64x2.add(a0i, a2i);
    const d02r = f64x2.sub(a0r, a2r);
    const d02i = f64x2.sub(a0i, a2i);
    const s13r = f64x2.add(a1r, a3r);
    const s13i = f64x2.add(a1i, a3i);
    const d13r = f64x2.sub(a1r, a3r);
    const d13i = f64x2.sub(a1i, a3i);
    v128.store(p0, f64x2.add(s02r, s13r));
    v128.store(p0, f64x2.add(s02i, s13i), 16);
    v128.store(p1, f64x2.add(d02r, d13i));
    v128.store(p1, f64x2.sub(d02i, d13r), 16);
    v128.store(p2, f64x2.sub(s02r, s13r));
    v128.store(p2, f64x2.sub(s02i, s13i), 16);
    v128.store(p3, f64x2.sub(d02r, d13i));
    v128.store(p3, f64x2.add(d02i, d13r), 16);
  }
}
