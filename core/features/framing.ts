import type { Address, Workspace } from './kernels.js';

export const SAMPLE_RATE = 22050;
export const MAX_SECONDS = 3;
export const MAX_SAMPLES = SAMPLE_RATE * MAX_SECONDS;
export const FRAME_LENGTH = 2048;
export const HOP_LENGTH = 512;

/** Frames are analysed four at a time, each in a lane of its own. */
export const LANES = 4;
export const MAX_BATCHES = Math.ceil((1 + Math.floor(MAX_SAMPLES / HOP_LENGTH)) / LANES);

/** How the samples at hand are cut: frames are centred on multiples of the hop, so there is one at sample 0. */
export type Framing = {
  samples: number;
  frames: number;
  batches: number;
  /** Frames in the last batch. */
  lastLanes: number;
};

export function framingOf(samples: number): Framing {
  const frames = 1 + Math.floor(samples / HOP_LENGTH);
  const batches = Math.ceil(frames / LANES);
  return { samples, frames, batches, lastLanes: frames - LANES * (batches - 1) };
}

/** Zeros around a signal: half a frame before it; behind it half a frame and what lanes without a frame read. */
const ZEROS_BEFORE = FRAME_LENGTH / 2;
const ZEROS_BEHIND = FRAME_LENGTH / 2 + LANES * HOP_LENGTH;

/** Room for a signal of at most `capacity` samples with its zeros; the address of its first sample. */
export function reserveSignal(workspace: Workspace, capacity: number): Address {
  return workspace.reserve(4 * (ZEROS_BEFORE + capacity + ZEROS_BEHIND)) + 4 * ZEROS_BEFORE;
}

/** Copies a signal to its room; see `clearBehind`. */
export function placeSignal(workspace: Workspace, address: Address, samples: Float32Array): void {
  workspace.float32(address, samples.length).set(samples);
  clearBehind(workspace, address, samples.length);
}

/** Removes what an earlier, longer signal left behind the end of this one. */
export function clearBehind(workspace: Workspace, address: Address, samples: number): void {
  workspace.float32(address + 4 * samples, ZEROS_BEHIND).fill(0);
}
