/** Philox-4x32-10, twice four counters at a time, and the dropout masks made of it. Twin of `core/training/random.ts`. */

import { storeTransposed } from '../../../audio/wasm/assembly/_transpose';

/** The high words of the 64-bit products of unsigned words. */
function multiplyHigh(words: v128, multiplier: v128): v128 {
  return v128.shuffle<i32>(
    i64x2.extmul_low_i32x4_u(words, multiplier),
    i64x2.extmul_high_i32x4_u(words, multiplier),
    1,
    3,
    5,
    7,
  );
}

/**
 * An inverted dropout mask in panels: 0 where the word of a unit is below `threshold`, `kept` elsewhere. Words are
 * numbered row by row; rows are a multiple of 4, units of 8. The two halves of a step do not wait for each other.
 */
export function dropoutMask(
  mask: usize,
  rows: i32,
  units: i32,
  threshold: u32,
  kept: f32,
  key0: u32,
  key1: u32,
  c1: u32,
  c2: u32,
  c3: u32,
): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  const weyl0 = i32x4.splat(0x9e3779b9);
  const weyl1 = i32x4.splat(0xbb67ae85);
  const limit = i32x4.splat(threshold);
  const value = f32x4.splat(kept);
  const blocks = units >> 2;
  const lanes = i32x4.replace_lane(i32x4.replace_lane(i32x4(0, 1, 0, 1), 2, blocks), 3, blocks + 1);
  for (let first = 0; first < blocks; first += 2) {
    for (let row = 0; row < rows; row += 4, mask += 128) {
      let x0 = i32x4.add(i32x4.splat(row * blocks + first), lanes);
      let x1 = i32x4.splat(c1);
      let x2 = i32x4.splat(c2);
      let x3 = i32x4.splat(c3);
      let y0 = i32x4.add(i32x4.splat((row + 2) * blocks + first), lanes);
      let y1 = x1;
      let y2 = x2;
      let y3 = x3;
      let k0 = i32x4.splat(key0);
      let k1 = i32x4.splat(key1);
      for (let round = 0; round < 10; round++) {
        const high0 = multiplyHigh(x0, multiplier0);
        const high1 = multiplyHigh(x2, multiplier1);
        const alsoHigh0 = multiplyHigh(y0, multiplier0);
        const alsoHigh1 = multiplyHigh(y2, multiplier1);
        const low1 = i32x4.mul(x2, multiplier1);
        const alsoLow1 = i32x4.mul(y2, multiplier1);
        x2 = v128.xor(v128.xor(high0, x3), k1);
        y2 = v128.xor(v128.xor(alsoHigh0, y3), k1);
        x3 = i32x4.mul(x0, multiplier0);
        y3 = i32x4.mul(y0, multiplier0);
        x0 = v128.xor(v128.xor(high1, x1), k0);
        y0 = v128.xor(v128.xor(alsoHigh1, y1), k0);
        x1 = low1;
        y1 = alsoLow1;
        k0 = i32x4.add(k0, weyl0);
        k1 = i32x4.add(k1, weyl1);
      }
      storeMask(x0, x1, x2, x3, limit, value, mask);
      storeMask(y0, y1, y2, y3, limit, value, mask + 64);
    }
  }
}

/** Four words of each of four counters, one counter a vector lane, become four rows of the mask. */
function storeMask(x0: v128, x1: v128, x2: v128, x3: v128, limit: v128, value: v128, mask: usize): void {
  storeTransposed(
    v128.andnot(value, i32x4.lt_u(x0, limit)),
    v128.andnot(value, i32x4.lt_u(x1, limit)),
    v128.andnot(value, i32x4.lt_u(x2, limit)),
    v128.andnot(value, i32x4.lt_u(x3, limit)),
    mask,
    16,
  );
}
