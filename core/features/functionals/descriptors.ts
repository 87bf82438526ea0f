import { contrastBands } from '../contrastBands.js';
import type { Address } from '../memory.js';
import { melBank, packBank } from '../melBank.js';
import { cosineTransform } from '../projections.js';
import { hannWindow, type TransformTables } from '../transformTables.js';
import {
  BIN_HZ,
  BINS,
  FRAME_LENGTH,
  HOP_LENGTH,
  LANES,
  MAX_BATCHES,
  SAMPLE_RATE,
  TRANSFORM_LENGTH,
} from './framing.js';
import type { Workspace } from './kernels.js';

const MEL_BANDS = 40;
const CEPSTRA = 20;
const CONTRAST_BANDS = 7;
const HALF = TRANSFORM_LENGTH / 2;

/** Rows of a contour table, in the order in which the kernels write them. */
export const SPECTRAL_DESCRIPTORS: readonly string[] = [
  ...['centroid', 'spread', 'rolloff25', 'rolloff50', 'rolloff75', 'rolloff90', 'alpha', 'hammarberg'],
  ...['slope500', 'slope1500'],
  ...['flux', 'rise'],
  ...['loudness', 'flatness', 'entropy', ...numbered('mfcc', CEPSTRA)],
  ...numbered('contrast', CONTRAST_BANDS),
];
const [SHAPE, SLOPES, CHANGES, BANDS, CONTRAST] = ['centroid', 'slope500', 'flux', 'loudness', 'contrast_0'].map(
  (name) => SPECTRAL_DESCRIPTORS.indexOf(name),
) as [number, number, number, number, number];

/** Where the alpha ratio, the Hammarberg index and the slopes (eGeMAPS; Eyben et al., 2016) have their limits. */
const binOf = (hz: number): number => Math.ceil(hz / BIN_HZ);
const LIMITS = [50, 1000, 2000, 5000].map(binOf) as [number, number, number, number];
const SLOPE_RANGES = [
  [0, 500],
  [500, 1500],
] as const;

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}_${i}`);
}

/**
 * Builds banks and plans; the function returned turns four frames, the first at sample `source`, into power spectra at
 * `power` (`BINS` vectors) and a number in each contour: `contours` is where those of these frames go, `stride` bytes apart.
 */
export function createSpectralDescriptors(
  workspace: Workspace,
  { twiddles, positions, rotations }: TransformTables,
): (source: Address, power: Address, isFirst: boolean, contours: Address, stride: number) => void {
  const { kernels } = workspace;
  const window = workspace.place(Float32Array.from(hannWindow(FRAME_LENGTH), (value) => value / 2));
  const bank = workspace.place(packBank(melBank(SAMPLE_RATE, TRANSFORM_LENGTH, MEL_BANDS)));
  const transform = workspace.place(Float32Array.from(cosineTransform(CEPSTRA, MEL_BANDS)));
  const slopeTable = workspace.place(slopeWeights());
  const bands = workspace.place(
    Int32Array.from(
      contrastBands(SAMPLE_RATE, TRANSFORM_LENGTH).flatMap(({ firstBin, bins, taken }) => [firstBin, bins, taken]),
    ),
  );
  const scratch = workspace.reserve(32 * HALF + 16);
  const magnitude = workspace.reserve(16 * BINS);
  const mel = workspace.reserve(16 * MEL_BANDS);
  const levels = workspace.reserve(16 * MEL_BANDS);
  const previous = workspace.reserve(2 * 16 * MEL_BANDS);
  const valleys = workspace.reserve(16 * CONTRAST_BANDS);
  const peaks = workspace.reserve(16 * CONTRAST_BANDS);

  return (source, power, isFirst, contours, stride) => {
    const row = (index: number): Address => contours + index * stride;
    kernels.powerSpectra(
      source,
      4 * HOP_LENGTH,
      HALF,
      window,
      FRAME_LENGTH,
      twiddles,
      positions,
      rotations,
      scratch,
      power,
    );
    kernels.spectralShape(power, BINS, ...LIMITS, magnitude, scratch, row(SHAPE), stride);
    kernels.slopes(power, slopeTable, SLOPE_RANGES.length, row(SLOPES), stride);
    kernels.sparseBank(power, bank, MEL_BANDS, mel);
    kernels.melDecibels(mel, MEL_BANDS, levels);
    kernels.bandChanges(mel, levels, MEL_BANDS, Number(isFirst), previous, row(CHANGES), stride);
    kernels.bandShape(mel, levels, MEL_BANDS, transform, CEPSTRA, row(BANDS), stride);
    kernels.extremes(magnitude, bands, CONTRAST_BANDS, scratch, valleys, peaks);
    kernels.ratioDecibels(peaks, valleys, CONTRAST_BANDS, row(CONTRAST), stride);
  };
}

/** Of the least-squares slope of levels over frequency in kHz, as the kernel `slopes` reads them. */
function slopeWeights(): Float32Array {
  const rows = SLOPE_RANGES.map(([lowHz, highHz]) => {
    const firstBin = binOf(lowHz);
    const kilohertz = Float64Array.from(
      { length: binOf(highHz) - firstBin },
      (_, i) => ((firstBin + i) * BIN_HZ) / 1000,
    );
    const mean = kilohertz.reduce((sum, f) => sum + f, 0) / kilohertz.length;
    const squares = kilohertz.reduce((sum, f) => sum + (f - mean) ** 2, 0);
    return { firstBin, weights: Float32Array.from(kilohertz, (f) => (f - mean) / squares) };
  });
  return packBank(rows);
}

/** Bytes of the power spectra of all frames. */
export const POWER_BYTES = MAX_BATCHES * BINS * LANES * 4;
