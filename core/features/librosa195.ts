import type { FeatureSet } from '../contracts/features.js';
import { chromaBank } from './chromaBank.js';
import { createConstantQChroma } from './constantQ.js';
import { BIN_HZ, BINS, CONTRAST_BANDS, createFrameFeatures, MEL_BANDS, MOST_PEAKS } from './frameFeatures.js';
import {
  FRAME_LENGTH,
  framingOf,
  LANES,
  MAX_BATCHES,
  MAX_SAMPLES,
  MAX_SECONDS,
  placeSignal,
  reserveSignal,
  SAMPLE_RATE,
} from './framing.js';
import { createWorkspace, type Observe } from './kernels.js';
import { cosineTransform, project, tonalCentroids } from './projections.js';
import { TUNING_EDGES } from './tuning.js';
import { createTuningBanks } from './tuningBanks.js';
import { assertUsable, LARGEST_SAMPLE } from './usable.js';

const CEPSTRA = 40;
const PITCH_CLASSES = 12;
const TONAL_DIMENSIONS = 6;

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}_${i}`);

/** In the order in which the vector holds them. */
const COLUMNS: readonly string[] = [
  ...numbered('mfcc', CEPSTRA),
  ...numbered('chroma', PITCH_CLASSES),
  ...numbered('mel', MEL_BANDS),
  ...numbered('contrast', CONTRAST_BANDS),
  ...numbered('tonnetz', TONAL_DIMENSIONS),
  'zcr',
  'rolloff',
];

/**
 * The means over frames of librosa 0.11.0's `mfcc(n_mfcc=40)`, `chroma_stft`, `melspectrogram`, `spectral_contrast`,
 * `tonnetz`, `zero_crossing_rate` and `spectral_rolloff` with their defaults.
 *
 * Signals shorter than a frame are, as in librosa, surrounded by zeros. Samples beyond full scale count as they are. A signal
 * without any sample, of zeros alone, or with samples that are not finite or beyond 1e12 is `BadInput`.
 */
export const librosa195: FeatureSet = {
  name: 'librosa195',
  version: 1,
  columns: COLUMNS,
  sampleRate: SAMPLE_RATE,
  maxSeconds: MAX_SECONDS,
  createExtractor: () => createLibrosa195Extractor(),
};

/** As `librosa195.createExtractor`, with an observer of its steps. */
export function createLibrosa195Extractor(observe: Observe = () => {}): (samples: Float32Array) => Float64Array {
  const workspace = createWorkspace();
  const { kernels } = workspace;
  const signal = reserveSignal(workspace, MAX_SAMPLES);
  const allLanes = workspace.place(Int32Array.of(-1, -1, -1, -1));
  const lastLanes = workspace.reserve(16);
  const counts = workspace.reserve(4 * Math.max(MAX_BATCHES * LANES + 3, TUNING_EDGES.length));
  const sums = workspace.reserve(8 * MEL_BANDS);
  const heights = workspace.reserve(4 * MOST_PEAKS);
  const edges = workspace.place(TUNING_EDGES);
  const frameFeatures = createFrameFeatures(workspace);
  const constantQChroma = createConstantQChroma(workspace);
  const chromaBankOf = createTuningBanks(workspace, BINS * PITCH_CLASSES * 4, (tuning) =>
    chromaBank(SAMPLE_RATE, FRAME_LENGTH, tuning),
  );
  const cepstra = cosineTransform(CEPSTRA, MEL_BANDS);
  const centroids = tonalCentroids();

  const meansOf = (count: number, frames: number): Float64Array =>
    workspace.float64(sums, count).map((sum) => sum / frames);

  return (recording) => {
    const samples = recording.subarray(0, MAX_SAMPLES);
    placeSignal(workspace, signal, samples);
    assertUsable(kernels.examine(signal, samples.length, LARGEST_SAMPLE));
    const framing = framingOf(samples.length);
    const { frames, batches } = framing;
    workspace.int32(lastLanes, LANES).set([0, 1, 2, 3].map((lane) => (lane < framing.lastLanes ? -1 : 0)));
    observe('copy and check');

    const crossings = kernels.zeroCrossings(signal, samples.length, frames, counts);
    observe('zero crossings');
    const features = frameFeatures(signal, framing, allLanes, lastLanes, observe);

    const mel = meanOverLanes(workspace.float32(features.melSums, MEL_BANDS * LANES), frames);
    kernels.meanDecibels(features.mel, MEL_BANDS, batches, lastLanes, sums);
    const mfcc = project(cepstra, meansOf(MEL_BANDS, frames));
    observe('mel');
    kernels.meanDecibels(features.peaks, CONTRAST_BANDS, batches, lastLanes, sums);
    const peaks = meansOf(CONTRAST_BANDS, frames);
    kernels.meanDecibels(features.valleys, CONTRAST_BANDS, batches, lastLanes, sums);
    const contrast = meansOf(CONTRAST_BANDS, frames).map((valley, band) => peaks[band]! - valley);
    observe('contrast');
    const rolloffBins = workspace.int32(features.rolloffBins, frames).reduce((sum, bin) => sum + bin, 0);
    observe('rolloff');

    const { powerPeaks, magnitudePeaks } = features;
    const semitoneClass = kernels.tuningClass(powerPeaks.start, powerPeaks.end, 12, edges, counts, heights);
    const thirdClass = kernels.tuningClass(magnitudePeaks.start, magnitudePeaks.end, 36, edges, counts, heights);
    observe('tuning');
    const bank = chromaBankOf(semitoneClass);
    observe('chroma bank');
    kernels.chromaOfSpectra(features.power, BINS, batches, bank, lastLanes, sums);
    const chroma = meansOf(PITCH_CLASSES, frames);
    observe('chroma');

    const constantQ = constantQChroma(signal, framing, thirdClass, observe);
    kernels.sumOfUnitChroma(constantQ, batches, lastLanes, sums);
    const tonnetz = project(centroids, meansOf(PITCH_CLASSES, frames));
    observe('constant-Q filters');

    const zcr = crossings / (frames * FRAME_LENGTH);
    const rolloff = (rolloffBins * BIN_HZ) / frames;
    return joined(mfcc, chroma, mel, contrast, tonnetz, [zcr, rolloff]);
  };
}

function joined(...parts: ArrayLike<number>[]): Float64Array {
  const vector = new Float64Array(COLUMNS.length);
  let at = 0;
  for (const part of parts) {
    vector.set(part, at);
    at += part.length;
  }
  return vector;
}

function meanOverLanes(sums: Float32Array, frames: number): Float64Array {
  const means = new Float64Array(sums.length / LANES);
  for (let row = 0, at = 0; row < means.length; row++, at += LANES) {
    means[row] = (sums[at]! + sums[at + 1]! + (sums[at + 2]! + sums[at + 3]!)) / frames;
  }
  return means;
}
