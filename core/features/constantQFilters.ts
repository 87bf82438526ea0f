import { hannWindow } from './transformTables.js';

/** Consecutive complex weights (re, im, re, im, ...) from a first bin on. */
export type ComplexRow = { firstBin: number; weights: Float32Array };

export const TRANSFORM_LENGTH = 1024;
export const FILTERS_PER_OCTAVE = 36;
export const OCTAVES = 7;

/** C1, as its MIDI number gives it. */
const LOWEST_HZ = 440 * 2 ** ((24 - 69) / 12);
/** Share of a filter's summed magnitudes that sparsity may cost. */
const SPARSITY = 0.01;

/** Transforms four complex signals of 1,024 samples, [sample][re, im][signal], into bins [bin][re, im][signal]. */
export type FourTransforms = (signals: Float32Array) => Float32Array;

/**
 * The filters of an octave of `librosa.vqt` (36 to the octave, Hann windows, unit L1 norm, sparsity 0.01), ready for
 * the unwindowed spectra of frames of 1,024 samples: `|sum w X|` is librosa's scaled magnitude.
 *
 * The same filters serve all seven octaves, each at half the sampling rate of the one above.
 *
 * @param tuning deviation in bins
 */
export function constantQFilters(sampleRate: number, tuning: number, transform: FourTransforms): ComplexRow[] {
  const lowest = LOWEST_HZ * 2 ** (tuning / FILTERS_PER_OCTAVE);
  const ratio = 2 ** (2 / FILTERS_PER_OCTAVE);
  const quality = (ratio + 1) / (ratio - 1);
  const rows: ComplexRow[] = [];
  const signals = new Float32Array(TRANSFORM_LENGTH * 8);
  for (let group = 0; group < FILTERS_PER_OCTAVE; group += 4) {
    const lengths = [0, 1, 2, 3].map((lane) => {
      const hz = lowest * 2 ** (OCTAVES - 1) * 2 ** ((group + lane) / FILTERS_PER_OCTAVE);
      const length = (quality * sampleRate) / hz;
      writeWavelet(signals, lane, length, hz / sampleRate);
      return length;
    });
    const spectra = transform(signals);
    lengths.forEach((length, lane) => rows.push(sparseRow(spectra, lane, 1 / Math.sqrt(length))));
  }
  return rows;
}

/** A Hann-windowed phasor around the centre of the frame, in lane `lane` of the four. */
function writeWavelet(signals: Float32Array, lane: number, length: number, cyclesPerSample: number): void {
  const start = Math.floor(-length / 2);
  const samples = Math.floor(length / 2) - start;
  const window = hannWindow(samples);
  const total = window.reduce((sum, value) => sum + value, 0);
  const offset = Math.floor((TRANSFORM_LENGTH - samples) / 2);
  for (let i = lane; i < signals.length; i += 4) signals[i] = 0;
  for (let i = 0; i < samples; i++) {
    const angle = (start + i) * 2 * Math.PI * cyclesPerSample;
    const height = ((window[i]! / total) * length) / TRANSFORM_LENGTH;
    signals[(offset + i) * 8 + lane] = height * Math.cos(angle);
    signals[(offset + i) * 8 + 4 + lane] = height * Math.sin(angle);
  }
}

/** Drops the smallest bins as long as they hold less than `SPARSITY` of all magnitudes together; scales the rest. */
function sparseRow(spectra: Float32Array, lane: number, scale: number): ComplexRow {
  const bins = TRANSFORM_LENGTH / 2 + 1;
  const sizes = Float32Array.from({ length: bins }, (_, bin) =>
    Math.hypot(spectra[bin * 8 + lane]!, spectra[bin * 8 + 4 + lane]!),
  );
  const least = sparsityThreshold(sizes);
  const firstBin = sizes.findIndex((size) => size >= least);
  const lastBin = sizes.findLastIndex((size) => size >= least);
  const weights = new Float32Array(2 * (lastBin - firstBin + 1));
  for (let bin = firstBin; bin <= lastBin; bin++) {
    if (sizes[bin]! < least) continue;
    weights[2 * (bin - firstBin)] = spectra[bin * 8 + lane]! * scale;
    weights[2 * (bin - firstBin) + 1] = spectra[bin * 8 + 4 + lane]! * scale;
  }
  return { firstBin, weights };
}

function sparsityThreshold(sizes: Float32Array): number {
  const ascending = sizes.slice().sort();
  const allowed = SPARSITY * ascending.reduce((sum, size) => sum + size, 0);
  let sum = 0;
  for (const size of ascending) {
    sum += size;
    if (sum >= allowed) return size;
  }
  return ascending.at(-1)!;
}
