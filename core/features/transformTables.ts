import type { Address, Memory } from './memory.js';

/**
 * Twiddles of a radix-4 decimation-in-frequency transform of `n` points, in the order the kernel uses them: for each
 * stage of size s = n, n/4, ... > 4 and each j < s/4 the factors w, w^2, w^3 with w = exp(-2 pi i j / s).
 */
export function twiddleTable(n: number): Float64Array {
  const factors: number[] = [];
  for (let size = n; size > 4; size /= 4) {
    for (let j = 0; j < size / 4; j++) {
      for (let power = 1; power <= 3; power++) {
        const angle = (-2 * Math.PI * ((j * power) % size)) / size;
        factors.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  return Float64Array.from(factors);
}

/** Where a forward transform of `n` points leaves bin k: its digits to base 4 (a last one to base 2) reversed. */
export function binPositions(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, bin) => {
    let position = 0;
    let rest = bin;
    for (let size = n; size > 1;) {
      const radix = size >= 4 ? 4 : 2;
      size /= radix;
      position += (rest % radix) * size;
      rest = Math.floor(rest / radix);
    }
    return position;
  });
}

/** exp(-i pi k / half) for k = 0 ... `count` - 1, which unpacks a real transform from a complex one of half the size. */
export function rotationTable(half: number, count: number): Float64Array {
  const table = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    table[2 * k] = Math.cos((Math.PI * k) / half);
    table[2 * k + 1] = -Math.sin((Math.PI * k) / half);
  }
  return table;
}

/** The periodic Hann window. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}

/** Tables of a transform in single precision, in memory. */
export type TransformTables = { twiddles: Address; positions: Address; rotations: Address };

/** Those of real frames of 2 `half` samples, four at a time. */
export function placeTransformTables(memory: Memory, half: number): TransformTables {
  return {
    twiddles: memory.place(Float32Array.from(twiddleTable(half))),
    positions: memory.place(binPositions(half).map((position) => position * 32)),
    rotations: memory.place(Float32Array.from(rotationTable(half, half))),
  };
}
