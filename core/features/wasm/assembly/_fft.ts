/**
 * Fast Fourier transforms of four signals at a time: each signal has a SIMD lane of its own, so that no shuffle is ever
 * needed. A complex element takes 32 bytes, four real parts and then four imaginary parts.
 *
 * Radix 4, decimation in frequency: bins are left in digit-reversed order, so that nothing is ever reordered in memory;
 * whoever reads them goes by a table of positions.
 * Twiddles lie in the order of use, three complex factors for each j of each stage of size > 4.
 */

const TWIDDLE_BYTES: usize = 24;

/** Forward transform in place of `n` complex elements; `n` is a power of two, at least 8. */
export function fftForward(data: usize, n: i32, twiddles: usize): void {
  const end = data + ((<usize>n) << 5);
  let size = n;
  let table = twiddles;
  for (; size > 8; size >>= 2) {
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
  if (size == 4) transformFours(data, end);
  else transformEights(data, end);
}

function transformFours(data: usize, end: usize): void {
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

/** Transforms of eight: of the even and the odd four elements, joined. */
function transformEights(data: usize, end: usize): void {
  const h = f32x4.splat(0.7071067811865476);
  for (let p = data; p < end; p += 256) {
    let ar = v128.load(p);
    let ai = v128.load(p, 16);
    let br = v128.load(p, 64);
    let bi = v128.load(p, 80);
    let cr = v128.load(p, 128);
    let ci = v128.load(p, 144);
    let dr = v128.load(p, 192);
    let di = v128.load(p, 208);
    let sr = f32x4.add(ar, cr);
    let si = f32x4.add(ai, ci);
    let tr = f32x4.sub(ar, cr);
    let ti = f32x4.sub(ai, ci);
    let ur = f32x4.add(br, dr);
    let ui = f32x4.add(bi, di);
    let vr = f32x4.sub(br, dr);
    let vi = f32x4.sub(bi, di);
    const e0r = f32x4.add(sr, ur);
    const e0i = f32x4.add(si, ui);
    const e1r = f32x4.add(tr, vi);
    const e1i = f32x4.sub(ti, vr);
    const e2r = f32x4.sub(sr, ur);
    const e2i = f32x4.sub(si, ui);
    const e3r = f32x4.sub(tr, vi);
    const e3i = f32x4.add(ti, vr);
    ar = v128.load(p, 32);
    ai = v128.load(p, 48);
    br = v128.load(p, 96);
    bi = v128.load(p, 112);
    cr = v128.load(p, 160);
    ci = v128.load(p, 176);
    dr = v128.load(p, 224);
    di = v128.load(p, 240);
    sr = f32x4.add(ar, cr);
    si = f32x4.add(ai, ci);
    ur = f32x4.add(br, dr);
    ui = f32x4.add(bi, di);
    const o0r = f32x4.add(sr, ur);
    const o0i = f32x4.add(si, ui);
    const o2r = f32x4.sub(sr, ur);
    const o2i = f32x4.sub(si, ui);
    v128.store(p, f32x4.add(e0r, o0r));
    v128.store(p, f32x4.add(e0i, o0i), 16);
    v128.store(p, f32x4.sub(e0r, o0r), 32);
    v128.store(p, f32x4.sub(e0i, o0i), 48);
    v128.store(p, f32x4.add(e2r, o2i), 128);
    v128.store(p, f32x4.sub(e2i, o2r), 144);
    v128.store(p, f32x4.sub(e2r, o2i), 160);
    v128.store(p, f32x4.add(e2i, o2r), 176);
    tr = f32x4.sub(ar, cr);
    ti = f32x4.sub(ai, ci);
    vr = f32x4.sub(br, dr);
    vi = f32x4.sub(bi, di);
    const o1r = f32x4.add(tr, vi);
    const o1i = f32x4.sub(ti, vr);
    const o3r = f32x4.sub(tr, vi);
    const o3i = f32x4.add(ti, vr);
    const m1r = f32x4.mul(f32x4.add(o1r, o1i), h);
    const m1i = f32x4.mul(f32x4.sub(o1i, o1r), h);
    v128.store(p, f32x4.add(e1r, m1r), 64);
    v128.store(p, f32x4.add(e1i, m1i), 80);
    v128.store(p, f32x4.sub(e1r, m1r), 96);
    v128.store(p, f32x4.sub(e1i, m1i), 112);
    const m3r = f32x4.mul(f32x4.sub(o3i, o3r), h);
    const m3i = f32x4.mul(f32x4.add(o3r, o3i), h);
    v128.store(p, f32x4.add(e3r, m3r), 192);
    v128.store(p, f32x4.sub(e3i, m3i), 208);
    v128.store(p, f32x4.sub(e3r, m3r), 224);
    v128.store(p, f32x4.add(e3i, m3i), 240);
  }
}
