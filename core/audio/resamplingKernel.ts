import { readFileSync } from 'node:fs';
import type { Stage } from './resamplerPlan.js';

/** Byte address in the kernel's memory. */
type Address = number;

/** The functions of `wasm/assembly/resampling.ts`, which documents them. */
type Kernel = {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): Address;
  filterBlocks(
    input: Address,
    advance: number,
    forwardSize: number,
    forwardTables: Address,
    response: Address,
    inverseSize: number,
    inverseTables: Address,
    firstValid: number,
    valid: number,
    batches: number,
    scratch: Address,
    spectrum: Address,
    output: Address,
  ): void;
  filterPolyphase(
    input: Address,
    bank: Address,
    rowBytes: number,
    up: number,
    down: number,
    count: number,
    output: Address,
  ): void;
  filterInterpolated(
    input: Address,
    bank: Address,
    rowBytes: number,
    phaseBits: number,
    start: number,
    step: number,
    count: number,
    output: Address,
  ): void;
};

/** One stage with its tables in the kernel's memory. */
type StageRunner = {
  /** Zeros it reads before the first input sample. */
  lead: number;
  /** Up to which input sample it reads for so many outputs. */
  inputExtent(count: number): number;
  /** How many outputs it writes when so many are asked for. */
  outputExtent(count: number): number;
  run(input: Address, output: Address, count: number): void;
};

/** Places tables one after another, 16 bytes apart, and grows the memory as needed. */
type Workspace = {
  kernel: Kernel;
  place(values: Float32Array | Uint32Array): Address;
  reserve(bytes: number): Address;
};

let module: WebAssembly.Module | undefined;

function createWorkspace(): Workspace {
  module ??= new WebAssembly.Module(readFileSync(new URL('./wasm/resampling.wasm', import.meta.url)));
  const kernel = new WebAssembly.Instance(module, {
    env: {
      abort: () => {
        throw new Error('the resampling kernel aborted');
      },
    },
  }).exports as unknown as Kernel;
  let end = kernel.heapBase();
  const reserve = (bytes: number): Address => {
    const address = Math.ceil(end / 16) * 16;
    end = address + bytes;
    ensureMemory(kernel.memory, end);
    return address;
  };
  const place = (values: Float32Array | Uint32Array): Address => {
    const address = reserve(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(kernel.memory.buffer).set(bytes, address);
    return address;
  };
  return { kernel, place, reserve };
}

function ensureMemory(memory: Kernel['memory'], bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
}

function bitReversed(index: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}

/** `positions`, `rotations` and `twiddles` of a real transform of `2 * size` samples, in the kernel's layout. */
function transformTables(size: number): Uint32Array {
  const bits = Math.log2(size);
  const positions = Array.from({ length: size + 1 }, (_, k) => 32 * bitReversed(k % size, bits));
  const angles: number[] = [];
  for (let k = 0; k <= size / 2; k++) {
    const angle = (Math.PI * k) / size;
    angles.push(Math.cos(angle), Math.sin(angle));
  }
  for (let length = size; length >= 4; length /= 4) {
    for (let j = 0; j < length / 4; j++) {
      for (const power of [1, 2, 3]) {
        const angle = (-2 * Math.PI * power * j) / length;
        angles.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  const tables = new Uint32Array(positions.length + angles.length);
  tables.set(positions);
  new Float32Array(tables.buffer).set(angles, positions.length);
  return tables;
}

/** The real response of a symmetric filter at bins 0 to `blockLength / 2`, centred at time 0, scaled by `gain`. */
function responseOf(taps: Float64Array, blockLength: number, gain: number): Float32Array {
  const centre = (taps.length - 1) / 2;
  const cosines = Float64Array.from({ length: blockLength }, (_, i) => Math.cos((2 * Math.PI * i) / blockLength));
  return Float32Array.from({ length: blockLength / 2 + 1 }, (_, k) => {
    let sum = taps[centre]!;
    for (let j = 1; j <= centre; j++) sum += 2 * taps[centre + j]! * cosines[(j * k) % blockLength]!;
    return sum * gain;
  });
}

/** Whether a long filter is done by transforms: its rates differ by no more than a factor of two. */
function fitsTransforms({ up, down }: { up: number; down: number }): boolean {
  return up * down <= 2;
}

function blockRunner(workspace: Workspace, stage: Extract<Stage, { kind: 'fir' }>): StageRunner {
  const { kernel } = workspace;
  const { up, down, taps, blockLength } = stage;
  const forwardSize = blockLength / 2 / up;
  const inverseSize = blockLength / 2 / down;
  const reach = (taps.length - 1) / 2;
  const advance = (blockLength - 2 * reach) / up;
  const valid = (blockLength - 2 * reach) / down;
  const forwardTables = workspace.place(transformTables(forwardSize));
  const inverseTables = up === down ? forwardTables : workspace.place(transformTables(inverseSize));
  const response = workspace.place(responseOf(taps, blockLength, 1 / (2 * blockLength)));
  const scratch = workspace.reserve(32 * Math.max(forwardSize, inverseSize));
  const spectrum = workspace.reserve(32 * (Math.max(forwardSize, inverseSize) + 1));
  const batchesOf = (count: number): number => Math.ceil(count / (4 * valid));
  return {
    lead: reach / up,
    inputExtent: (count) => batchesOf(count) * 4 * advance + 2 * forwardSize,
    outputExtent: (count) => batchesOf(count) * 4 * valid,
    run: (input, output, count) =>
      kernel.filterBlocks(
        input - (4 * reach) / up,
        advance,
        forwardSize,
        forwardTables,
        response,
        inverseSize,
        inverseTables,
        reach / down,
        valid,
        batchesOf(count),
        scratch,
        spectrum,
        output,
      ),
  };
}

const roundUpToFour = (count: number): number => Math.ceil(count / 4) * 4;

/** One row of taps per phase, all over the same stretch of input samples around the output's own. */
function polyphaseRunner(workspace: Workspace, stage: { up: number; down: number; taps: Float64Array }): StageRunner {
  const { kernel } = workspace;
  const { up, down, taps } = stage;
  const centre = (taps.length - 1) / 2;
  const first = Math.ceil((centre - (taps.length - 1)) / up);
  const rowLength = roundUpToFour(Math.floor((up - 1 + centre) / up) - first + 1);
  const bank = new Float32Array(up * rowLength);
  for (let phase = 0; phase < up; phase++) {
    for (let i = 0; i < rowLength; i++) bank[phase * rowLength + i] = taps[phase + centre - (first + i) * up] ?? 0;
  }
  const address = workspace.place(bank);
  return {
    lead: -first,
    inputExtent: (count) => Math.ceil((roundUpToFour(count) * down) / up) + first + rowLength,
    outputExtent: roundUpToFour,
    run: (input, output, count) =>
      kernel.filterPolyphase(input + 4 * first, address, 4 * rowLength, up, down, count, output),
  };
}

/** The quadratics through three neighbouring phases of each tap, four taps' constants, slopes and curvatures in turn. */
function interpolatedBank({
  taps,
  tapsEach,
  phaseBits,
  order,
}: Extract<Stage, { kind: 'interpolated' }>): Float32Array {
  const phases = 2 ** phaseBits;
  const rowLength = roundUpToFour(tapsEach);
  const bank = new Float32Array(3 * phases * rowLength);
  for (let phase = 0; phase < phases; phase++) {
    for (let i = 0; i < tapsEach; i++) {
      const t = (tapsEach - 1 - i) * phases + phase - 1;
      const [h0, h1, h2] = [taps[t] ?? 0, taps[t + 1] ?? 0, taps[t + 2] ?? 0];
      const curvature = order === 2 ? (h2 - 2 * h1 + h0) / 2 : 0;
      const at = 3 * (phase * rowLength + (i - (i % 4))) + (i % 4);
      bank[at] = h0;
      bank[at + 4] = h1 - h0 - curvature;
      bank[at + 8] = curvature;
    }
  }
  return bank;
}

function interpolatedRunner(workspace: Workspace, stage: Extract<Stage, { kind: 'interpolated' }>): StageRunner {
  const { kernel } = workspace;
  const { tapsEach, phaseBits, step } = stage;
  const first = Math.ceil((tapsEach - 1) / 2) - (tapsEach - 1);
  const rowLength = roundUpToFour(tapsEach);
  const start = tapsEach % 2 === 1 ? 2 ** 31 : 0;
  const bank = workspace.place(interpolatedBank(stage));
  return {
    lead: -first,
    inputExtent: (count) => Math.ceil((roundUpToFour(count) * step + start) / 2 ** 32) + first + rowLength,
    outputExtent: roundUpToFour,
    run: (input, output, count) =>
      kernel.filterInterpolated(input + 4 * first, bank, 4 * rowLength, phaseBits, start, step, count, output),
  };
}

function runnerOf(workspace: Workspace, stage: Stage): StageRunner {
  if (stage.kind === 'interpolated') return interpolatedRunner(workspace, stage);
  return stage.kind === 'fir' && fitsTransforms(stage)
    ? blockRunner(workspace, stage)
    : polyphaseRunner(workspace, stage);
}

/** Runs a signal through some stages and fills `output` with what the last one gives first. */
export type StageChain = (samples: Float32Array, output: Float32Array) => void;

/**
 * Puts the tables of some stages into a memory of their own and returns the function that runs signals through them.
 * Samples before and after a signal count as zero.
 */
export function createStageChain(stages: readonly Stage[]): StageChain {
  const workspace = createWorkspace();
  const { memory } = workspace.kernel;
  const runners = stages.map((stage) => runnerOf(workspace, stage));
  const lead = roundUpToFour(Math.max(...runners.map((runner) => runner.lead)));
  const buffers = workspace.reserve(0);

  return (samples, output) => {
    const counts = [output.length];
    for (const runner of runners.slice(1).reverse()) counts.unshift(runner.inputExtent(counts[0]!));
    const firstExtent = Math.max(samples.length, runners[0]!.inputExtent(counts[0]!));
    const extents = [firstExtent, ...runners.map((runner, i) => runner.outputExtent(counts[i]!))];
    const bufferLength = lead + roundUpToFour(Math.max(...extents));
    ensureMemory(memory, buffers + 8 * bufferLength);

    const floats = new Float32Array(memory.buffer, buffers, 2 * bufferLength);
    floats.fill(0, 0, lead).set(samples, lead);
    floats.fill(0, lead + samples.length, lead + firstExtent).fill(0, bufferLength, bufferLength + lead);
    let [source, target] = [lead, bufferLength + lead];
    runners.forEach((runner, i) => {
      runner.run(buffers + 4 * source, buffers + 4 * target, counts[i]!);
      [source, target] = [target, source];
    });
    output.set(floats.subarray(source, source + output.length));
  };
}
