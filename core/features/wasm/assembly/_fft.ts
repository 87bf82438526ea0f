/**
 * Fast Fourier transforms of four signals at a time: each signal has a SIMD lane of its own, so that no shuffle is ever
 * needed. A complex element takes 32 bytes, four real parts and then four imaginary parts.
 *
 * Radix 4, decimation in frequency: bins are left in digit-reversed order, so that nothing is ever reordered in memory;
 * whoever reads them goes by a table of positions.
 * Twiddles lie in the order of use, three complex factors for each j of each stage of size > 4.
 */

const TWIDDLE_BYTES: usize = 24;

/** Forward transform in place of `n` complex elements; `n` is a power of two, at least 4. */
export function fftForward(data: usize, n: i32, twiddles: usize): void {
  const end = data + ((<usize>n) << 5);
  let size = n;
  let table = twiddles;
  for (; size > 4; size >>= 2) {
    const quarter = size >> 2;
    const stride = (<usize>quarter) << 5;
    const block = (<usize>size) << 5;
    for (let j = 0; j < quarter; j++) {
      const w1r = v128.load32_splat(table);
      const w1i = v128.load32_splat(table, 4);
      const w2r = v128.load32_splat(table, 8);
      const w2i = v128.load32_splat(table, 12);
      const w3r = v128.load32_splat(table, 16);
      const w3i = v128.load32_splat(table, 20);
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
        const s02r = f32x4.add(a0r, a2r);
        const s02i = f32x4.add(a0i, a2i);
        const d02r = f32x4.sub(a0r, a2r);
        const d02i = f32x4.sub(a0i, a2i);
        const s13r = f32x4.add(a1r, a3r);
        const s13i = f32x4.add(a1i, a3i);
        const d13r = f32x4.sub(a1r, a3r);
        const d13i = f32x4.sub(a1i, a3i);
        v128.store(p0, f32x4.add(s02r, s13r));
        v128.store(p0, f32x4.add(s02i, s13i), 16);
        const b1r = f32x4.add(d02r, d13i);
        const b1i = f32x4.sub(d02i, d13r);
        v128.store(p1, f32x4.sub(f32x4.mul(b1r, w1r), f32x4.mul(b1i, w1i)));
        v128.store(p1, f32x4.add(f32x4.mul(b1r, w1i), f32x4.mul(b1i, w1r)), 16);
        const b2r = f32x4.sub(s02r, s13r);
        const b2i = f32x4.sub(s02i, s13i);
        v128.store(p2, f32x4.sub(f32x4.mul(b2r, w2r), f32x4.mul(b2i, w2i)));
        v128.store(p2, f32x4.add(f32x4.mul(b2r, w2i), f32x4.mul(b2i, w2r)), 16);
        const b3r = f32x4.sub(d02r, d13i);
        const b3i = f32x4.add(d02i, d13r);
        v128.store(p3, f32x4.sub(f32x4.mul(b3r, w3r), f32x4.mul(b3i, w3i)));
        v128.store(p3, f32x4.add(f32x4.mul(b3r, w3i), f32x4.mul(b3i, w3r)), 16);
      }
    }
  }
  if (size == 4) radix4Forward(data, end);
  else radix2(data, end);
}

function radix4Forward(data: usize, end: usize): void {
  for (let p = data; p < end; p += 128) {
    const a0r = v128.load(p);
    const a0i = v128.load(p, 16);
    const a1r = v128.load(p, 32);
    const a1i = v128.load(p, 48);
    const a2r = v128.load(p, 64);
    const a2i = v128.load(p, 80);
    const a3r = v128.load(p, 96);
    const a3i = v128.load(p, 112);
    const s02r = f32x4.add(a0r, a2r);
    const s02i = f32x4.add(a0i, a2i);
    const d02r = f32x4.sub(a0r, a2r);
    const d02i = f32x4.sub(a0i, a2i);
    const s13r = f32x4.add(a1r, a3r);
    const s13i = f32x4.add(a1i, a3i);
    const d13r = f32x4.sub(a1r, a3r);
    const d13i = f32x4.sub(a1i, a3i);
    v128.store(p, f32x4.add(s02r, s13r));
    v128.store(p, f32x4.add(s02i, s13i), 16);
    v128.store(p, f32x4.add(d02r, d13i), 32);
    v128.store(p, f32x4.sub(d02i, d13r), 48);
    v128.store(p, f32x4.sub(s02r, s13r), 64);
    v128.store(p, f32x4.sub(s02i, s13i), 80);
    v128.store(p, f32x4.sub(d02r, d13i), 96);
    v128.store(p, f32x4.add(d02i, d13r), 112);
  }
}

function radix2(data: usize, end: usize): void {
  for (let p = data; p < end; p += 64) {
    const ar = v128.load(p);
    const ai = v128.load(p, 16);
    const br = v128.load(p, 32);
    const bi = v128.load(p, 48);
    v128.store(p, f32x4.add(ar, br));
    v128.store(p, f32x4.add(ai, bi), 16);
    v128.store(p, f32x4.sub(ar, br), 32);
    v128.store(p, f32x4.sub(ai, bi), 48);
  }
}
