import { chromaBank } from '../../../core/features/chromaBank.js';
import { constantQFilters, type FourSpectra } from '../../../core/features/constantQFilters.js';
import { contrastBands } from '../../../core/features/contrastBands.js';
import { melBank } from '../../../core/features/melBank.js';
import { cosineTransform, project, tonalCentroids } from '../../../core/features/projections.js';
import { hannWindow } from '../../../core/features/transformTables.js';
import { tuningOfClass } from '../../../core/features/tuning.js';
import { constantQMagnitudes, foldToClasses } from './constantQ.js';
import { fourierTransform, magnitudes, shortTimeSpectra } from './fourier.js';
import {
  applyBank,
  meanOf,
  normalised,
  powerToDecibels,
  rolloffBin,
  valleysAndPeaks,
  zeroCrossings,
} from './frames.js';
import { fullestClass, spectralPeaks, tuningVotes } from './pitch.js';

const SAMPLE_RATE = 22050;
const BIN_HZ = SAMPLE_RATE / 2048;

/** Everything on the way to the 195 features, one step after another, as it reads in the literature. */
export function analyse(samples: Float32Array) {
  const magnitude = shortTimeSpectra(samples, hannWindow(2048), 512).map(magnitudes);
  const power = magnitude.map((frame) => frame.map((size) => Math.fround(size * size)));

  const bank = melBank(SAMPLE_RATE, 2048, 128);
  const mel = power.map((frame) => applyBank(bank, frame));
  const dct = cosineTransform(40, 128);
  const mfcc = powerToDecibels(mel).map((frame) => project(dct, frame));

  const bands = contrastBands(SAMPLE_RATE, 2048);
  const extremes = magnitude.map((frame) => valleysAndPeaks(bands, frame));
  const valleys = powerToDecibels(extremes.map((frame) => frame.valleys));
  const peaks = powerToDecibels(extremes.map((frame) => frame.peaks));
  const contrast = peaks.map((frame, t) => frame.map((peak, band) => peak - valleys[t]![band]!));

  const semitoneVotes = tuningVotes(
    power.flatMap((frame) => spectralPeaks(frame, BIN_HZ)),
    12,
  );
  const thirdVotes = tuningVotes(
    magnitude.flatMap((frame) => spectralPeaks(frame, BIN_HZ)),
    36,
  );

  const semitones = chromaBank(SAMPLE_RATE, 2048, tuningOfClass(fullestClass(semitoneVotes)));
  const chroma = power.map((frame) => normalised(project(transposed(semitones, 12), frame), 'max'));

  const filters = constantQFilters(SAMPLE_RATE, tuningOfClass(fullestClass(thirdVotes)), fourTransforms);
  const constantQ = constantQMagnitudes(samples, filters);
  const constantQChroma = constantQ.map((frame) => normalised(foldToClasses(frame), 'max'));
  const tonnetz = constantQChroma.map((frame) => project(tonalCentroids(), normalised(frame, 1)));

  const crossings = zeroCrossings(samples);
  const rolloff = magnitude.map(rolloffBin);
  return {
    magnitude,
    power,
    mel,
    mfcc,
    valleys,
    peaks,
    contrast,
    semitoneVotes,
    thirdVotes,
    chroma,
    filters,
    constantQ,
    constantQChroma,
    tonnetz,
    crossings,
    rolloff,
  };
}

/** The vector of the feature set `librosa195`, by the plain way. */
export function librosa195Plainly(samples: Float32Array): Float64Array {
  const { mfcc, chroma, mel, contrast, tonnetz, crossings, rolloff } = analyse(samples);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float64Array.of(
    ...[mfcc, chroma, mel, contrast, tonnetz].flatMap((frames) => [...meanOf(frames)]),
    mean(crossings) / 2048,
    mean(rolloff) * BIN_HZ,
  );
}

/** The transform `constantQFilters` asks for. */
export function fourTransforms(signals: Float32Array): FourSpectra {
  const values = new Float32Array(signals.length);
  for (let lane = 0; lane < 4; lane++) {
    const part = (offset: number): Float64Array =>
      Float64Array.from({ length: signals.length / 8 }, (_, i) => signals[i * 8 + offset + lane]!);
    const { re, im } = fourierTransform({ re: part(0), im: part(4) });
    re.forEach((value, bin) => {
      values[bin * 8 + lane] = value;
      values[bin * 8 + 4 + lane] = im[bin]!;
    });
  }
  return { values, positions: Int32Array.from({ length: signals.length / 8 }, (_, bin) => bin) };
}

function transposed(bank: Float32Array, columns: number): Float64Array {
  const rows = bank.length / columns;
  const result = new Float64Array(bank.length);
  bank.forEach((weight, i) => (result[(i % columns) * rows + Math.floor(i / columns)] = weight));
  return result;
}
