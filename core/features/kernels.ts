import { readFileSync } from 'node:fs';

/** Byte address in the kernels' memory. */
export type Address = number;

/** Called after each step of an extraction with its name, so that a bench can tell where the time goes. */
export type Observe = (step: string) => void;

/** The functions of `wasm/assembly/librosa195.ts`, which documents them. */
type Kernels = {
  memory: { readonly buffer: ArrayBuffer };
  allocate(bytes: number): Address;
  examine(samples: Address, count: number, limit: number): number;
  zeroCrossings(samples: Address, count: number, frames: number, counts: Address): number;
  fftForward(data: Address, n: number, twiddles: Address): void;
  spectra(
    source: Address,
    hopBytes: number,
    half: number,
    exact: number,
    window: Address,
    twiddles: Address,
    positions: Address,
    rotations: Address,
    scratch: Address,
    magnitude: Address,
    power: Address,
  ): void;
  bandSpectra(
    source: Address,
    hopBytes: number,
    half: number,
    first: number,
    last: number,
    twiddles: Address,
    positions: Address,
    rotations: Address,
    scratch: Address,
    out: Address,
  ): void;
  addRows(values: Address, rows: number, lanes: Address, sums: Address): void;
  sparseBank(spectrum: Address, bank: Address, rows: number, out: Address): void;
  rolloffBins(magnitude: Address, bins: number, scratch: Address, out: Address): void;
  meanDecibels(values: Address, rows: number, batches: number, lanes: Address, sums: Address): void;
  extremes(magnitude: Address, bands: Address, count: number, scratch: Address, valleys: Address, peaks: Address): void;
  spectralPeaks(
    magnitude: Address,
    bins: number,
    first: number,
    last: number,
    lanes: number,
    binWidth: number,
    ends: Address,
  ): void;
  tuningClass(
    list: Address,
    end: Address,
    binsPerOctave: number,
    edges: Address,
    counts: Address,
    scratch: Address,
  ): number;
  chromaOfSpectra(power: Address, bins: number, batches: number, bank: Address, lanes: Address, sums: Address): void;
  sumOfUnitChroma(chroma: Address, batches: number, lanes: Address, sums: Address): void;
  addOctave(spectrum: Address, firstBin: number, filters: Address, scale: number, chroma: Address): void;
};

const module = new WebAssembly.Module(readFileSync(new URL('./wasm/librosa195.wasm', import.meta.url)));

/** One instance of the kernels, with a memory of its own, and views on that memory. */
export type Workspace = {
  kernels: Kernels;
  /** Reserves zeros for as long as the instance lives. */
  reserve(bytes: number): Address;
  /** Reserves room for the values and copies them there. */
  place(values: Float32Array | Float64Array | Int32Array): Address;
  /** A view that holds until the next `reserve` or `place`. */
  float32(address: Address, length: number): Float32Array;
  float64(address: Address, length: number): Float64Array;
  int32(address: Address, length: number): Int32Array;
};

export function createWorkspace(): Workspace {
  const kernels = new WebAssembly.Instance(module, {}).exports as unknown as Kernels;
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
