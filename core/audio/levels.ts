import { readFileSync } from 'node:fs';

/** Totals over all samples of all channels. */
export type Levels = {
  samples: number;
  /** Largest magnitude; full scale is 1. */
  peak: number;
  /** Sum of squares. */
  squares: number;
  /** How many samples lie at full scale, on either side of zero. */
  clipped: number;
};

export const NO_LEVELS: Readonly<Levels> = { samples: 0, peak: 0, squares: 0, clipped: 0 };

/**
 * Adds the levels of some samples to totals.
 *
 * @param fullScale the largest magnitude that the encoding of the samples holds on both sides of zero
 */
export function addLevels(levels: Levels, samples: Float32Array, fullScale: number): void {
  let { peak, squares, clipped } = levels;
  for (let i = 0; i < samples.length; i++) {
    const magnitude = Math.abs(samples[i]!);
    if (magnitude > peak) peak = magnitude;
    if (magnitude >= fullScale) clipped++;
    squares += magnitude * magnitude;
  }
  Object.assign(levels, { peak, squares, clipped, samples: levels.samples + samples.length });
}

/** The functions of `wasm/assembly/levels.ts`, which documents them. */
type Kernel = {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  measure(samples: number, count: number, result: number): void;
};

const VECTOR_BYTES = 16;
/** Measured at a time: whole vectors that fit a page of the kernel's memory, and are still in the cache when they do. */
const BLOCK_BYTES = 32_768;

/**
 * The levels of 16-bit little-endian samples of any number of channels, by integers: the sum of squares is exact up to
 * 2^23 samples at full scale.
 *
 * @param bytes of whole samples; may begin at an odd address
 */
export function levelsOfPcm16(bytes: Uint8Array): Levels {
  kernel ??= createKernel();
  const { measure, block, result } = kernel;
  const levels = { ...NO_LEVELS, samples: bytes.length / 2 };
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const part = bytes.subarray(start, start + BLOCK_BYTES);
    const vectors = Math.ceil(part.length / VECTOR_BYTES);
    block.set(part);
    block.fill(0, part.length, vectors * VECTOR_BYTES);
    measure(vectors);
    levels.squares += result.getFloat64(0, true) / 2 ** 30;
    levels.peak = Math.max(levels.peak, result.getUint32(8, true) / 2 ** 15);
    levels.clipped += result.getUint32(12, true);
  }
  return levels;
}

let kernel: ReturnType<typeof createKernel> | undefined;

function createKernel() {
  const module = new WebAssembly.Module(readFileSync(new URL('./wasm/levels.wasm', import.meta.url)));
  const exported = new WebAssembly.Instance(module, {}).exports as unknown as Kernel;
  exported.memory.grow(1);
  const result = Math.ceil(exported.heapBase() / VECTOR_BYTES) * VECTOR_BYTES;
  const block = result + VECTOR_BYTES;
  return {
    measure: (vectors: number) => exported.measure(block, vectors, result),
    block: new Uint8Array(exported.memory.buffer, block, BLOCK_BYTES),
    result: new DataView(exported.memory.buffer, result, VECTOR_BYTES),
  };
}
