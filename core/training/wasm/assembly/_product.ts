/**
 * Matrix products on panels. A matrix of `rows` x `width` lies as width / 8 panels of rows x 8, so that every kernel
 * walks through memory in order. The kernel of a layer is such a matrix with its units for rows and its inputs for
 * columns. Widths and rows are multiples of 8.
 */

import { storeTransposed } from '../../../audio/wasm/assembly/_transpose';

/** Writes 4 x 4 elements, 32 bytes from row to row, with rows and columns exchanged. */
function transposeBlock(from: usize, to: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from, 32);
  const r2 = v128.load(from, 64);
  const r3 = v128.load(from, 96);
  storeTransposed(r0, r1, r2, r3, to, 32);
}

/** Lays a matrix out in blocks of 8 rows, column after column: the order in which `multiply` reads it. */
function packRows(matrix: usize, packed: usize, rows: i32, width: i32): void {
  const panel = (<usize>rows) << 5;
  for (let row: usize = 0; row < panel; row += 256) {
    for (let column = 0, from = matrix + row; column < width; column += 8, from += panel) {
      transposeBlock(from, packed);
      transposeBlock(from + 16, packed + 128);
      transposeBlock(from + 128, packed + 16);
      transposeBlock(from + 144, packed + 144);
      packed += 256;
    }
  }
}

/**
 * output[r][u] = sum over k of input[r][k] * kernel[u][k], in blocks of 8 rows x 4 units that stay in registers.
 *
 * @param packed takes rows x inputs
 */
export function multiply(
  input: usize,
  kernel: usize,
  output: usize,
  packed: usize,
  rows: i32,
  inputs: i32,
  units: i32,
): void {
  packRows(input, packed, rows, inputs);
  const kernelPanel = (<usize>units) << 5;
  const kernelBytes = (<usize>(inputs * units)) << 2;
  const outputPanel = (<usize>rows) << 5;
  for (let unit: usize = 0; unit < <usize>units; unit += 4) {
    let x = packed;
    const first = kernel + (unit << 5);
    let to = output + (unit >> 3) * outputPanel + ((unit & 4) << 2);
    for (const outputEnd = to + outputPanel; to < outputEnd; to += 256) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      for (let panel = first; panel < first + kernelBytes; panel += kernelPanel) {
        for (let w = panel; w < panel + 32; w += 4, x += 32) {
          const low = v128.load(x);
          const high = v128.load(x, 16);
          let factor = v128.load32_splat(w);
          a0 = f32x4.add(a0, f32x4.mul(factor, low));
          a1 = f32x4.add(a1, f32x4.mul(factor, high));
          factor = v128.load32_splat(w, 32);
          b0 = f32x4.add(b0, f32x4.mul(factor, low));
          b1 = f32x4.add(b1, f32x4.mul(factor, high));
          factor = v128.load32_splat(w, 64);
          c0 = f32x4.add(c0, f32x4.mul(factor, low));
          c1 = f32x4.add(c1, f32x4.mul(factor, high));
          factor = v128.load32_splat(w, 96);
          d0 = f32x4.add(d0, f32x4.mul(factor, low));
          d1 = f32x4.add(d1, f32x4.mul(factor, high));
        }
      }
      storeTransposed(a0, b0, c0, d0, to, 32);
      storeTransposed(a1, b1, c1, d1, to + 128, 32);
    }
  }
}
