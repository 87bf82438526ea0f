/**
 * Matrix products on panels. A matrix of `rows` x `width` lies as width / 8 panels of rows x 8, so that every kernel
 * walks through memory in order. A kernel of `inputs` x `units` is such a matrix, with `inputs` for its rows. Widths are
 * multiples of 8, rows of 4.
 */

import { storeTransposed } from '../../../audio/wasm/assembly/_transpose';

/** Writes 4 x 4 elements, 32 bytes from row to row, with rows and columns exchanged. */
function transposeBlock(from: usize, to: usize, toStride: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from, 32);
  const r2 = v128.load(from, 64);
  const r3 = v128.load(from, 96);
  storeTransposed(r0, r1, r2, r3, to, toStride);
}

/** Lays a matrix out in blocks of 4 rows, column after column: the order in which `multiply` reads it. */
function packRows(matrix: usize, packed: usize, rows: i32, width: i32): void {
  const panel = (<usize>rows) << 5;
  for (let row: usize = 0; row < panel; row += 128) {
    for (let column = 0, from = matrix + row; column < width; column += 8, from += panel) {
      transposeBlock(from, packed, 16);
      transposeBlock(from + 16, packed + 64, 16);
      packed += 128;
    }
  }
}

/**
 * output[r][u] = sum over k of input[r][k] * kernel[k][u], in blocks of 4 rows x 8 units that stay in registers.
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
  const kernelEnd = kernel + ((<usize>(inputs * units)) << 2);
  const outputPanel = (<usize>rows) << 5;
  for (; kernel < kernelEnd; kernel += (<usize>inputs) << 5) {
    let x = packed;
    for (const outputEnd = output + outputPanel; output < outputEnd; output += 128) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      for (let w = kernel, end = kernel + ((<usize>inputs) << 5); w < end; w += 32, x += 16) {
        const low = v128.load(w);
        const high = v128.load(w, 16);
        let factor = v128.load32_splat(x);
        a0 = f32x4.add(a0, f32x4.mul(factor, low));
        a1 = f32x4.add(a1, f32x4.mul(factor, high));
        factor = v128.load32_splat(x, 4);
        b0 = f32x4.add(b0, f32x4.mul(factor, low));
        b1 = f32x4.add(b1, f32x4.mul(factor, high));
        factor = v128.load32_splat(x, 8);
        c0 = f32x4.add(c0, f32x4.mul(factor, low));
        c1 = f32x4.add(c1, f32x4.mul(factor, high));
        factor = v128.load32_splat(x, 12);
        d0 = f32x4.add(d0, f32x4.mul(factor, low));
        d1 = f32x4.add(d1, f32x4.mul(factor, high));
      }
      v128.store(output, a0);
      v128.store(output, a1, 16);
      v128.store(output, b0, 32);
      v128.store(output, b1, 48);
      v128.store(output, c0, 64);
      v128.store(output, c1, 80);
      v128.store(output, d0, 96);
      v128.store(output, d1, 112);
    }
  }
}

/** output[k][u] = sum over r of input[r][k] * gradient[r][u], the gradient of a kernel; only `count` rows are summed. */
export function multiplyTransposed(
  input: usize,
  gradient: usize,
  output: usize,
  count: i32,
  rows: i32,
  inputs: i32,
  units: i32,
): void {
  const panel = (<usize>rows) << 5;
  const summed = (<usize>count) << 5;
  const inputEnd = input + ((<usize>(rows * inputs)) << 2);
  const gradientEnd = gradient + ((<usize>(rows * units)) << 2);
  for (; gradient < gradientEnd; gradient += panel) {
    for (let column = input; column < inputEnd; column += panel) {
      for (let half = column; half < column + 32; half += 16) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let b0 = a0;
        let b1 = a0;
        let c0 = a0;
        let c1 = a0;
        let d0 = a0;
        let d1 = a0;
        let x = half;
        for (let g = gradient, end = gradient + summed; g < end; g += 32, x += 32) {
          const low = v128.load(g);
          const high = v128.load(g, 16);
          let factor = v128.load32_splat(x);
          a0 = f32x4.add(a0, f32x4.mul(factor, low));
          a1 = f32x4.add(a1, f32x4.mul(factor, high));
          factor = v128.load32_splat(x, 4);
          b0 = f32x4.add(b0, f32x4.mul(factor, low));
          b1 = f32x4.add(b1, f32x4.mul(factor, high));
          factor = v128.load32_splat(x, 8);
          c0 = f32x4.add(c0, f32x4.mul(factor, low));
          c1 = f32x4.add(c1, f32x4.mul(factor, high));
          factor = v128.load32_splat(x, 12);
          d0 = f32x4.add(d0, f32x4.mul(factor, low));
          d1 = f32x4.add(d1, f32x4.mul(factor, high));
        }
        v128.store(output, a0);
        v128.store(output, a1, 16);
        v128.store(output, b0, 32);
        v128.store(output, b1, 48);
        v128.store(output, c0, 64);
        v128.store(output, c1, 80);
        v128.store(output, d0, 96);
        v128.store(output, d1, 112);
        output += 128;
      }
    }
  }
}

/** Writes the kernel with inputs and units exchanged. */
export function transpose(kernel: usize, output: usize, inputs: i32, units: i32): void {
  const panel = (<usize>units) << 5; // of the output
  for (let unit: usize = 0; unit < <usize>units; unit += 4) {
    const column = kernel + (unit >> 3) * ((<usize>inputs) << 5) + ((unit & 4) << 2);
    for (let row: usize = 0; row < <usize>inputs; row += 4) {
      transposeBlock(column + (row << 5), output + (row >> 3) * panel + (unit << 5) + ((row & 4) << 2), 32);
    }
  }
}
