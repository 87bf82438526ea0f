import { readFileSync } from 'node:fs';

/** The exports of `wasm/assembly/network.ts`, where each is described. Addresses are in bytes. */
export type Kernels = {
  memory: { readonly buffer: ArrayBuffer; grow: (pages: number) => number };
  heapBase: () => number;
  multiply: (
    input: number,
    kernel: number,
    output: number,
    packed: number,
    rows: number,
    inputs: number,
    units: number,
  ) => void;
  listRows(matrix: number, pairs: number, ends: number, count: number, rows: number, width: number): void;
  listColumns(matrix: number, pairs: number, ends: number, count: number, rows: number, width: number): void;
  multiplySparse(
    pairs: number,
    ends: number,
    matrix: number,
    output: number,
    depth: number,
    rows: number,
    width: number,
  ): void;
  dropoutMask(
    mask: number,
    rows: number,
    units: number,
    threshold: number,
    kept: number,
    key0: number,
    key1: number,
    c1: number,
    c2: number,
    c3: number,
  ): void;
  hiddenForward(
    active: number,
    mask: number,
    output: number,
    parameters: number,
    moving: number,
    batch: number,
    count: number,
    rows: number,
    units: number,
  ): void;
  hiddenBackward(
    gradient: number,
    active: number,
    parameters: number,
    gradients: number,
    batch: number,
    kept: number,
    count: number,
    rows: number,
    units: number,
  ): void;
  hiddenInference(values: number, parameters: number, floor: number, rows: number, units: number): void;
  softmax(logits: number, bias: number, count: number, rows: number, units: number, classes: number): void;
  softmaxCrossEntropy(
    logits: number,
    bias: number,
    labels: number,
    weights: number,
    smoothing: number,
    sums: number,
    count: number,
    rows: number,
    units: number,
    classes: number,
  ): void;
  outputBackward(
    probabilities: number,
    labels: number,
    weights: number,
    smoothing: number,
    logitGradient: number,
    biasGradient: number,
    count: number,
    rows: number,
    units: number,
    classes: number,
  ): void;
  adam(parameters: number, gradients: number, first: number, second: number, bytes: number, stepSize: number): void;
  shrink(parameters: number, bytes: number, factor: number): void;
};

const PAGE_BYTES = 65536;

let module: WebAssembly.Module | undefined;

/** A fresh instance with a memory of its own; compiled once a thread. */
export function instantiateKernels(): Kernels {
  module ??= new WebAssembly.Module(readFileSync(new URL('./wasm/network.wasm', import.meta.url)));
  const abort = () => {
    throw new Error('a kernel of the network aborted');
  };
  return new WebAssembly.Instance(module, { env: { abort } }).exports as Kernels;
}

/** Hands out memory of an instance; nothing is ever given back, the instance goes as a whole. */
export type Arena = {
  /** The address of so many zeroed bytes, a multiple of 16. */
  allocate: (bytes: number) => number;
};

export function createArena({ memory, heapBase }: Kernels): Arena {
  let free = heapBase();
  return {
    allocate(bytes) {
      const address = free;
      free += Math.ceil(bytes / 16) * 16;
      const missing = free - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
      return address;
    },
  };
}
