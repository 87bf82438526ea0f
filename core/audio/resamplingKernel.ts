import { readFileSync } from 'node:fs';
import { realTransformTables } from './realTransformTables.js';
import type { Stage } from './resamplerPlan.js';

/** Byte address in the kernel's memory. */
type Address = number;

/** The functions of `wasm/assembly/resampling.ts`, which documents them. */
type Kernel = {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): Address;
  forwardReal(
    input: Address,
    advance: number,
    length: number,
    tables: Address,
    scratch: Address,
    spectrum: Address,
  ): void;
  filterBlocks(
    input: Address,
    advance: number,
    forwardLength: number,
    forwardTables: Address,
    response: Address,
    inverseLength: number,
    inverseTables: Address,
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

/**
 * Spectrum, re and im of each bin up to half the block, of a filter that lies before the block: of each convolution the
 * first samples are whole. The taps are rounded as libsoxr rounds them.
 */
function responseOf(workspace: Workspace, taps: Float64Array, blockLength: number): Float32Array {
  const wrapped = new Float32Array(blockLength);
  taps.forEach((tap, i) => (wrapped[(i + blockLength - taps.length + 1) % blockLength] = tap / blockLength));
  const block = workspace.place(wrapped);
  const tables = workspace.place(realTransformTables(blockLength));
  const scratch = workspace.reserve(20 * blockLength);
  const spectrum = workspace.reserve(32 * (blockLength / 2 + 1));
  const { kernel } = workspace;
  kernel.forwardReal(block, 0, blockLength, tables, scratch, spectrum);
  const lanes = new Float32Array(kernel.memory.buffer, spectrum, 8 * (blockLength / 2 + 1));
  return lanes.filter((_, i) => i % 4 === 0);
}

/** Whether a long filter is done by transforms: unless its input rate has to be raised by more than two, or by two to be cut by more. */
function fitsTransforms({ up, down }: { up: number; down: number }): boolean {
  return up * down <= 2 || up === 1;
}

function blockRunner(workspace: Workspace, stage: Extract<Stage, { kind: 'fir' }>): StageRunner {
  const { kernel } = workspace;
  const { up, taps, blockLength } = stage;
  // A rate is halved by half a spectrum; otherwise the outputs between those that are kept are computed as well.
  const down = stage.down === 2 ? 2 : 1;
  const every = stage.down / down;
  const forwardLength = blockLength / up;
  const inverseLength = blockLength / down;
  const reach = (taps.length - 1) / 2;
  const advance = (blockLength - 2 * reach) / up;
  const valid = (blockLength - 2 * reach) / down;
  const response = workspace.place(responseOf(workspace, taps, blockLength));
  const forwardTables = workspace.place(realTransformTables(forwardLength));
  const inverseTables = up === down ? forwardTables : workspace.place(realTransformTables(inverseLength));
  const scratch = workspace.reserve(20 * blockLength);
  const spectrum = workspace.reserve(32 * (blockLength / 2 + 1));
  const batchesOf = (count: number): number => Math.ceil(count / (4 * valid));
  return {
    lead: reach / up,
    inputExtent: (count) => batchesOf(count * every) * 4 * advance + forwardLength,
    outputExtent: (count) => batchesOf(count * every) * 4 * valid,
    run: (input, output, count) => {
      kernel.filterBlocks(
        input - (4 * reach) / up,
        advance,
        forwardLength,
        forwardTables,
        response,
        inverseLength,
        inverseTables,
        valid,
        batchesOf(count * every),
        scratch,
        spectrum,
        output,
      );
      if (every > 1) keepEvery(every, new Float32Array(kernel.memory.buffer, output, count * every));
    },
  };
}

function keepEvery(every: number, values: Float32Array): void {
  for (let i = 1, from = every; from < values.length; i++, from += every) values[i] = values[from]!;
}

const roundUpToFour = (count: number): number => Math.ceil(count / 4) * 4;

/**
 * One row of taps per phase, all over the same stretch of input samples around the output's own. As in libsoxr what fills
 * a row up to a multiple of four comes first, so that sums are formed in the same order.
 */
function polyphaseRunner(workspace: Workspace, stage: { up: number; down: number; taps: Float64Array }): StageRunner {
  const { kernel } = workspace;
  const { up, down, taps } = stage;
  const centre = (taps.length - 1) / 2;
  const last = Math.floor((up - 1 + centre) / up);
  const rowLength = roundUpToFour(last - Math.ceil((centre - (taps.length - 1)) / up) + 1);
  const first = last + 1 - rowLength;
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
