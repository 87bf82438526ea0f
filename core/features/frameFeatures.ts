import { contrastBands } from './contrastBands.js';
import { FRAME_LENGTH, HOP_LENGTH, LANES, MAX_BATCHES, SAMPLE_RATE, type Framing } from './framing.js';
import type { Address, Observe, Workspace } from './kernels.js';
import { melBank, packBank } from './melBank.js';
import { binPositions, hannWindow, rotationTable, twiddleTable } from './transformTables.js';

export const BINS = FRAME_LENGTH / 2 + 1;
export const MEL_BANDS = 128;
export const CONTRAST_BANDS = 7;
export const BIN_HZ = SAMPLE_RATE / FRAME_LENGTH;

/** Pitches are looked for from 150 Hz up to, not including, 4,000 Hz. */
const LOWEST_PITCH_BIN = Math.ceil(150 / BIN_HZ);
const HIGHEST_PITCH_BIN = Math.ceil(4000 / BIN_HZ) - 1;
/** How many peaks a list can hold: each needs a lower bin beside it. */
export const MOST_PEAKS = Math.ceil((HIGHEST_PITCH_BIN - LOWEST_PITCH_BIN + 1) / 2) * MAX_BATCHES * LANES;

/** A list of peaks in memory: pairs of frequency and height. */
export type PeakList = { start: Address; end: Address };

/** Everything that needs the spectrum of a frame, computed while the spectrum is in the cache. */
export type FrameFeatures = {
  /** Power spectra: `BINS` vectors for each batch. */
  power: Address;
  /** Mel powers, `MEL_BANDS` vectors for each batch. */
  mel: Address;
  /** Magnitudes, `CONTRAST_BANDS` vectors for each batch. */
  valleys: Address;
  peaks: Address;
  /** Sum over frames of the mel powers, per band and lane. */
  melSums: Address;
  /** One bin (i32) a frame. */
  rolloffBins: Address;
  /** Peaks of the power spectra, as `chroma_stft` looks for them, and of the magnitudes, as `cqt` does. */
  powerPeaks: PeakList;
  magnitudePeaks: PeakList;
};

/** Builds banks and plans; the function returned fills the same memory at every call. */
export function createFrameFeatures(
  workspace: Workspace,
): (signal: Address, framing: Framing, allLanes: Address, lastLanes: Address, observe: Observe) => FrameFeatures {
  const { kernels } = workspace;
  const half = FRAME_LENGTH / 2;
  const window = workspace.place(hannWindow(FRAME_LENGTH).map((value) => value / 2));
  const twiddles = workspace.place(twiddleTable(half));
  const positions = workspace.place(binPositions(half).map((position) => position * 32));
  const rotations = workspace.place(rotationTable(half, half / 2 + 1));
  const bank = workspace.place(packBank(melBank(SAMPLE_RATE, FRAME_LENGTH, MEL_BANDS)));
  const bands = contrastBands(SAMPLE_RATE, FRAME_LENGTH);
  const bandTable = workspace.place(
    Int32Array.from(bands.flatMap(({ firstBin, bins, taken }) => [firstBin, bins, taken])),
  );

  const scratch = workspace.reserve(half * 64);
  const magnitude = workspace.reserve(BINS * 16);
  const melSums = workspace.reserve(MEL_BANDS * 16);
  const power = workspace.reserve(MAX_BATCHES * BINS * 16);
  const mel = workspace.reserve(MAX_BATCHES * MEL_BANDS * 16);
  const valleys = workspace.reserve(MAX_BATCHES * CONTRAST_BANDS * 16);
  const peaks = workspace.reserve(MAX_BATCHES * CONTRAST_BANDS * 16);
  const rolloffBins = workspace.reserve(MAX_BATCHES * 16);
  const powerList = workspace.reserve(MOST_PEAKS * 8);
  const listEnds = workspace.reserve(8);
  const magnitudeList = workspace.reserve(MOST_PEAKS * 8);

  return (signal, framing, allLanes, lastLanes, observe) => {
    workspace.float32(melSums, MEL_BANDS * LANES).fill(0);
    workspace.int32(listEnds, 2).set([magnitudeList, powerList]);
    for (let batch = 0; batch < framing.batches; batch++) {
      const last = batch === framing.batches - 1;
      const lanes = last ? framing.lastLanes : LANES;
      const batchPower = power + batch * BINS * 16;
      const batchMel = mel + batch * MEL_BANDS * 16;
      const firstSample = signal + 4 * (batch * LANES * HOP_LENGTH - half);
      kernels.spectra(
        firstSample,
        4 * HOP_LENGTH,
        half,
        HIGHEST_PITCH_BIN + 1,
        window,
        twiddles,
        positions,
        rotations,
        scratch,
        magnitude,
        batchPower,
      );
      observe('spectrum');
      kernels.sparseBank(batchPower, bank, MEL_BANDS, batchMel);
      kernels.addRows(batchMel, MEL_BANDS, last ? lastLanes : allLanes, melSums);
      observe('mel');
      const row = batch * CONTRAST_BANDS * 16;
      kernels.extremes(magnitude, bandTable, CONTRAST_BANDS, scratch, valleys + row, peaks + row);
      observe('contrast');
      kernels.rolloffBins(magnitude, BINS, scratch, rolloffBins + batch * 16);
      observe('rolloff');
      kernels.spectralPeaks(magnitude, BINS, LOWEST_PITCH_BIN, HIGHEST_PITCH_BIN, lanes, BIN_HZ, listEnds);
      observe('tuning');
    }
    const [magnitudeEnd, powerEnd] = workspace.int32(listEnds, 2) as unknown as [number, number];
    return {
      power,
      mel,
      valleys,
      peaks,
      melSums,
      rolloffBins,
      powerPeaks: { start: powerList, end: powerEnd },
      magnitudePeaks: { start: magnitudeList, end: magnitudeEnd },
    };
  };
}
