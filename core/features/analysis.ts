import { BIN_HZ, BINS, createFrameFeatures, MEL_BANDS } from './frameFeatures.js';
import { framingOf, LANES, MAX_SAMPLES, placeSignal, reserveSignal } from './framing.js';
import { createWorkspace } from './kernels.js';
import { cosineTransform, project } from './projections.js';

const CEPSTRA = 20;
/** Adjoining bins that become one row of a picture. */
const BINS_PER_ROW = 16;
const LOWEST_POWER = 1e-10;
const DYNAMIC_RANGE_DB = 80;

/** What librosa195 sees in a recording before it takes means, at the resolution of a picture. */
export type Analysis = {
  /** Levels in dB relative to the loudest, at least -80; [frame][row of 16 bins], from low to high frequency. */
  spectrogram: number[][];
  /** Upper edge of the spectrogram in Hz. */
  highestHz: number;
  /** [frame][coefficient]: `librosa.feature.mfcc(n_mfcc=20)` without the first, which is the level. */
  cepstra: number[][];
};

/**
 * Looks at the first seconds of a recording frame by frame, as librosa195 does.
 *
 * @param recording mono samples at 22,050 Hz
 */
export function analyse(recording: Float32Array): Analysis {
  const workspace = createWorkspace();
  const signal = reserveSignal(workspace, MAX_SAMPLES);
  const frameFeatures = createFrameFeatures(workspace);
  const allLanes = workspace.place(Int32Array.of(-1, -1, -1, -1));
  const samples = recording.subarray(0, MAX_SAMPLES);
  placeSignal(workspace, signal, samples);
  const framing = framingOf(samples.length);
  const { power, mel } = frameFeatures(signal, framing, allLanes, allLanes, () => undefined);

  const rows = Math.floor(BINS / BINS_PER_ROW);
  const frames = Array.from({ length: framing.frames }, (_, frame) => frame);
  const lane = (address: number, width: number, frame: number) => {
    const batch = workspace.float32(address + Math.floor(frame / LANES) * width * LANES * 4, width * LANES);
    return Float64Array.from({ length: width }, (_, index) => batch[index * LANES + (frame % LANES)]!);
  };
  const banded = frames.map((frame) => {
    const bins = lane(power, BINS, frame);
    return Float64Array.from({ length: rows }, (_, row) =>
      bins.subarray(row * BINS_PER_ROW, (row + 1) * BINS_PER_ROW).reduce((sum, value) => sum + value, 0),
    );
  });
  const loudest = Math.max(...banded.map((bands) => Math.max(...bands)), LOWEST_POWER);
  const transform = cosineTransform(CEPSTRA, MEL_BANDS);
  const levels = clipped(frames.map((frame) => lane(mel, MEL_BANDS, frame).map((value) => decibels(value))));
  return {
    spectrogram: clipped(banded.map((bands) => bands.map((value) => decibels(value / loudest)))).map((row) => [...row]),
    highestHz: rows * BINS_PER_ROW * BIN_HZ,
    cepstra: levels.map((bands) => [...project(transform, bands)].slice(1)),
  };
}

function decibels(power: number): number {
  return 10 * Math.log10(Math.max(LOWEST_POWER, power));
}

/** `top_db=80`: nothing is further below the largest than that. */
function clipped(levels: Float64Array[]): Float64Array[] {
  const floor = Math.max(...levels.map((row) => Math.max(...row))) - DYNAMIC_RANGE_DB;
  return levels.map((row) => row.map((level) => Math.max(floor, level)));
}
