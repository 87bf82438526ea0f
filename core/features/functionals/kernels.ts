import { compileKernels, createMemory, type Address, type Memory } from '../memory.js';

/** The functions of `wasm/assembly/functionals.ts`, which documents them. */
type Kernels = {
  examine(samples: Address, count: number, limit: number): number;
  scaleSamples(samples: Address, count: number): void;
  frameMeasures(
    samples: Address,
    frames: number,
    length: number,
    hop: number,
    powers: Address,
    peaks: Address,
    crossings: Address,
  ): void;
  powerSpectra(
    source: Address,
    hopBytes: number,
    half: number,
    window: Address,
    length: number,
    twiddles: Address,
    positions: Address,
    rotations: Address,
    scratch: Address,
    power: Address,
  ): void;
  autocorrelations(
    power: Address,
    half: number,
    lags: number,
    inverseWindow: Address,
    twiddles: Address,
    positions: Address,
    rotations: Address,
    scratch: Address,
    out: Address,
  ): void;
  periodicity(correlations: Address, first: number, last: number, contour: Address): void;
  pitchCandidates(correlations: Address, first: number, last: number, costs: Address, most: number, out: Address): void;
  harmonicLevels(power: Address, lane: number, pitchBins: number, bands: Address, out: Address): void;
  sparseBank(spectrum: Address, bank: Address, rows: number, out: Address): void;
  extremes(magnitude: Address, bands: Address, count: number, scratch: Address, valleys: Address, peaks: Address): void;
  ratioDecibels(numerators: Address, denominators: Address, count: number, contours: Address, stride: number): void;
  spectralShape(
    power: Address,
    bins: number,
    low: number,
    middle: number,
    divide: number,
    high: number,
    magnitude: Address,
    scratch: Address,
    contours: Address,
    stride: number,
  ): void;
  slopes(power: Address, table: Address, count: number, contours: Address, stride: number): void;
  melDecibels(mel: Address, bands: number, levels: Address): void;
  bandShape(
    mel: Address,
    levels: Address,
    bands: number,
    transform: Address,
    cepstra: number,
    contours: Address,
    stride: number,
  ): void;
  bandChanges(
    mel: Address,
    levels: Address,
    bands: number,
    isFirst: number,
    previous: Address,
    contours: Address,
    stride: number,
  ): void;
};

const module = compileKernels('functionals');

/** One instance of the kernels, with a memory of its own, and views on that memory. */
export type Workspace = Memory & { kernels: Kernels };

export function createWorkspace(): Workspace {
  return createMemory<Kernels>(module);
}
