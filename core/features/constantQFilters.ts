/** Consecutive complex weights (re, im, re, im, ...) from a first bin on. */
export type ComplexRow = { firstBin: number; weights: Float32Array };

export const TRANSFORM_LENGTH = 1024;
export const FILTERS_PER_OCTAVE = 36;
export const OCTAVES = 7;

/** C1, as its MIDI number gives it. */
const LOWEST_HZ = 440 * 2 ** ((24 - 69) / 12);
/** Share of a filter's summed magnitudes that sparsity may cost. */
const SPARSITY = 0.01;
/** Share of the largest bin below which bins of these filters fall to it. */
const SURELY_DROPPED = 1e-3;

/**
 * Transforms four complex signals of 1,024 samples, [sample][re, im][signal]; bin k of signal l is then at
 * `8 * positions[k] + l` (re) and 4 further (im).
 */
export type FourTransforms = (signals: Float32Array) => FourSpectra;

export type FourSpectra = { values: Float32Array; positions: Int32Array };

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
    signals.fill(0);
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

/**
 * A Hann-windowed phasor around the centre of the frame, in lane `lane` of the four. Phasor and window turn by a constant
 * angle from sample to sample, which saves a thousand sines a filter.
 */
function writeWavelet(signals: Float32Array, lane: number, length: number, cyclesPerSample: number): void {
  const start = Math.floor(-length / 2);
  const samples = Math.floor(length / 2) - start;
  // The window sums up to samples / 2.
  const height = (2 / samples) * (length / TRANSFORM_LENGTH);
  const angle = 2 * Math.PI * cyclesPerSample;
  const [stepRe, stepIm] = [Math.cos(angle), Math.sin(angle)];
  const [windowRe, windowIm] = [Math.cos((2 * Math.PI) / samples), Math.sin((2 * Math.PI) / samples)];
  let [re, im, cos, sin] = [Math.cos(angle * start), Math.sin(angle * start), 1, 0];
  const first = Math.floor((TRANSFORM_LENGTH - samples) / 2) * 8 + lane;
  for (let i = 0, at = first; i < samples; i++, at += 8) {
    const weight = height * (0.5 - 0.5 * cos);
    signals[at] = weight * re;
    signals[at + 4] = weight * im;
    const turned = re * stepRe - im * stepIm;
    im = re * stepIm + im * stepRe;
    re = turned;
    const turnedCos = cos * windowRe - sin * windowIm;
    sin = cos * windowIm + sin * windowRe;
    cos = turnedCos;
  }
}

/** Drops the smallest bins as long as they hold less than `SPARSITY` of all magnitudes together; scales the rest. */
function sparseRow({ values, positions }: FourSpectra, lane: number, scale: number): ComplexRow {
  const sizes = new Float32Array(TRANSFORM_LENGTH / 2 + 1);
  for (let bin = 0; bin < sizes.length; bin++) {
    const at = 8 * positions[bin]! + lane;
    sizes[bin] = Math.sqrt(values[at]! ** 2 + values[at + 4]! ** 2);
  }
  const least = sparsityThreshold(sizes);
  const firstBin = sizes.findIndex((size) => size >= least);
  const lastBin = sizes.findLastIndex((size) => size >= least);
  const weights = new Float32Array(2 * (lastBin - firstBin + 1));
  for (let bin = firstBin; bin <= lastBin; bin++) {
    if (sizes[bin]! < least) continue;
    const at = 8 * positions[bin]! + lane;
    weights[2 * (bin - firstBin)] = values[at]! * scale;
    weights[2 * (bin - firstBin) + 1] = values[at + 4]! * scale;
  }
  return { firstBin, weights };
}

/** The size up to which, from the smallest on, bins add up to less than the sparsity allows. */
function sparsityThreshold(sizes: Float32Array): number {
  let largest = 0;
  let total = 0;
  for (let i = 0; i < sizes.length; i++) {
    largest = Math.max(largest, sizes[i]!);
    total += sizes[i]!;
  }
  // Sorting all would take most of the time of building a bank, so what surely falls is summed up as it comes.
  const candidates = new Float32Array(sizes.length);
  let count = 0;
  let sum = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i]! < largest * SURELY_DROPPED) sum += sizes[i]!;
    else candidates[count++] = sizes[i]!;
  }
  const allowed = SPARSITY * total;
  if (sum >= allowed) {
    candidates.set(sizes);
    count = sizes.length;
    sum = 0;
  }
  const ascending = candidates.subarray(0, count).sort();
  for (let i = 0; i < count; i++) {
    sum += ascending[i]!;
    if (sum >= allowed) return ascending[i]!;
  }
  return largest;
}
