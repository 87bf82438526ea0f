import { readFileSync } from 'node:fs';

/** The functions of `wasm/assembly/pcm16.ts`, which documents them. */
type Kernel = {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  measure(samples: number, count: number, result: number): void;
  convert(samples: number, count: number, target: number): void;
};

const VECTOR_BYTES = 16;
const SAMPLE_BYTES = 2;
/** Taken at a time: whole vectors, and few enough to be in the cache still when they are looked at. */
const BLOCK_BYTES = 16_384;
const PAGE_BYTES = 65_536;

/** Sum of squares, largest magnitude and how many magnitudes are 32,767 or more, of some 16-bit samples. */
type Pcm16Levels = { squares: number; peak: number; clipped: number };

/** Adds up the levels of little-endian samples, by integers; `bytes` may begin at an odd address. */
export function measurePcm16(bytes: Uint8Array): Pcm16Levels {
  kernel ??= createKernel();
  const { measure, result } = kernel;
  const levels = { squares: 0, peak: 0, clipped: 0 };
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    measure(fillBlock(kernel.block, bytes, start));
    levels.squares += result.getFloat64(0, true);
    levels.peak = Math.max(levels.peak, result.getUint32(8, true));
    levels.clipped += result.getUint32(12, true);
  }
  return levels;
}

/** Converts little-endian samples to floats, full scale to 1; `bytes` may begin at an odd address. */
export function convertPcm16(bytes: Uint8Array, out: Float32Array): void {
  kernel ??= createKernel();
  const { convert, floats } = kernel;
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    convert(fillBlock(kernel.block, bytes, start));
    const first = start / SAMPLE_BYTES;
    out.set(floats.subarray(0, Math.min(floats.length, out.length - first)), first);
  }
}

/** Copies a block, the last one filled up with zeros; returns how many vectors it takes. */
function fillBlock(block: Uint8Array, bytes: Uint8Array, start: number): number {
  const part = bytes.subarray(start, start + BLOCK_BYTES);
  const vectors = Math.ceil(part.length / VECTOR_BYTES);
  block.set(part);
  block.fill(0, part.length, vectors * VECTOR_BYTES);
  return vectors;
}

let kernel: ReturnType<typeof createKernel> | undefined;

function createKernel() {
  const module = new WebAssembly.Module(readFileSync(new URL('./wasm/pcm16.wasm', import.meta.url)));
  const exported = new WebAssembly.Instance(module, {}).exports as unknown as Kernel;
  const { memory } = exported;
  const result = Math.ceil(exported.heapBase() / VECTOR_BYTES) * VECTOR_BYTES;
  const block = result + VECTOR_BYTES;
  const floats = block + BLOCK_BYTES;
  memory.grow(Math.ceil((floats + 2 * BLOCK_BYTES) / PAGE_BYTES));
  return {
    measure: (vectors: number) => exported.measure(block, vectors, result),
    convert: (vectors: number) => exported.convert(block, vectors, floats),
    block: new Uint8Array(memory.buffer, block, BLOCK_BYTES),
    floats: new Float32Array(memory.buffer, floats, BLOCK_BYTES / SAMPLE_BYTES),
    result: new DataView(memory.buffer, result, VECTOR_BYTES),
  };
}
