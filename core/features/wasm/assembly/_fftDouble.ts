/**
 * The transform of `_fft.ts` in double precision, two signals at a time: a complex element takes 32 bytes here too, two
 * real parts and then two imaginary parts, and bins lie in the same order.
 */

const TWIDDLE_BYTES: usize = 48;

/** Forward transform in place of `n` complex elements; `n` is a power of four, at least 4. */
export function fftForwardDouble(data: usize, n: i32, twiddles: usize): void {
  const end = data + ((<usize>n) << 5);
  let size = n;
  let table = twiddles;
  for (; size > 4; size >>= 2) {
    const quarter = size >> 2;
    const stride = (<usize>quarter) << 5;
    const block = (<usize>size) << 5;
    for (let j = 0; j < quarter; j++) {
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
  lastStage(data, end);
}

function lastStage(data: usize, end: usize): void {
  for (let p = data; p < end; p += 128) {
    const a0r = v128.load(p);
    const a0i = v128.load(p, 16);
    const a1r = v128.load(p, 32);
    const a1i = v128.load(p, 48);
    const a2r = v128.load(p, 64);
    const a2i = v128.load(p, 80);
    const a3r = v128.load(p, 96);
    const a3i = v128.load(p, 112);
    const s02r = f64x2.add(a0r, a2r);
    const s02i = f64x2.add(a0i, a2i);
    const d02r = f64x2.sub(a0r, a2r);
    const d02i = f64x2.sub(a0i, a2i);
    const s13r = f64x2.add(a1r, a3r);
    const s13i = f64x2.add(a1i, a3i);
    const d13r = f64x2.sub(a1r, a3r);
    const d13i = f64x2.sub(a1i, a3i);
    v128.store(p, f64x2.add(s02r, s13r));
    v128.store(p, f64x2.add(s02i, s13i), 16);
    v128.store(p, f64x2.add(d02r, d13i), 32);
    v128.store(p, f64x2.sub(d02i, d13r), 48);
    v128.store(p, f64x2.sub(s02r, s13r), 64);
    v128.store(p, f64x2.sub(s02i, s13i), 80);
    v128.store(p, f64x2.sub(d02r, d13i), 96);
    v128.store(p, f64x2.add(d02i, d13r), 112);
  }
}
