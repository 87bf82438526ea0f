import { readFileSync } from 'node:fs';

/** Byte address in the memory of an instance. */
export type Address = number;

/** The memory of one instance of kernels. */
export type Memory = {
  /** Reserves zeros for as long as the instance lives. */
  reserve(bytes: number): Address;
  /** Reserves room for the values and copies them there. */
  place(values: Float32Array | Float64Array | Int32Array): Address;
  /** A view that holds until the next `reserve` or `place`. */
  float32(address: Address, length: number): Float32Array;
  float64(address: Address, length: number): Float64Array;
  int32(address: Address, length: number): Int32Array;
};

/** What every module of kernels exports: `wasm/assembly/_memory.ts`. */
type Exports = { memory: { readonly buffer: ArrayBuffer }; allocate(bytes: number): Address };

/** The module `wasm/NAME.wasm`, to be instantiated as often as there are threads. */
export function compileKernels(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`./wasm/${name}.wasm`, import.meta.url)));
}

/** A new instance of a module whose functions are `Kernels`, with its memory. */
export function createMemory<Kernels>(module: WebAssembly.Module): Memory & { kernels: Kernels } {
  const kernels = new WebAssembly.Instance(module, {}).exports as unknown as Kernels & Exports;
  return {
    kernels,
    reserve: (bytes) => kernels.allocate(bytes),
    place(values) {
      const address = kernels.allocate(values.byteLength);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      new Uint8Array(kernels.memory.buffer, address, bytes.length).set(bytes);
      return address;
    },
    float32: (address, length) => new Float32Array(kernels.memory.buffer, address, length),
    float64: (address, length) => new Float64Array(kernels.memory.buffer, address, length),
    int32: (address, length) => new Int32Array(kernels.memory.buffer, address, length),
  };
}
