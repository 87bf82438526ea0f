import { compileKernels, createMemory, type Address, type Memory } from './memory.js';

export type { Address };

/** Called after each step of an extraction with its name, so that a bench can tell where the time goes. */
export type Observe = (step: string) => void;

/** The functions of `wasm/assembly/librosa195.ts`, which documents them. */
type Kernels = {
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
  addOctave(
    spectrum: Address,
    spectrumBytes: number,
    firstBin: number,
    filters: Address,
    scale: number,
    chroma: Address,
  ): void;
};

const module = compileKernels('librosa195');

/** One instance of the kernels, with a memory of its own, and views on that memory. */
export type Workspace = Memory & { kernels: Kernels };

export function createWorkspace(): Workspace {
  return createMemory<Kernels>(module);
}
