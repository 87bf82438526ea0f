import { contrastBands } from '../../../core/features/contrastBands.js';
import { melBank } from '../../../core/features/melBank.js';
import { cosineTransform, project } from '../../../core/features/projections.js';
import { hannWindow } from '../../../core/features/transformTables.js';
import { fourierTransform } from './fourier.js';
import { applyBank, valleysAndPeaks } from './frames.js';

const RATE = 16000;
const N = 1024;
const BIN_HZ = RATE / N;

const level = (power: number): number => 10 * Math.log10(Math.max(power, 1e-8));
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** Powers of the bins of a Hann-windowed frame of 752 samples, filled up with zeros to 1,024. */
export function powerSpectrum(frame: Float64Array): Float64Array {
  const re = new Float64Array(N);
  re.set(hannWindow(752).map((weight, i) => weight * frame[i]!));
  const spectrum = fourierTransform({ re, im: new Float64Array(N) });
  return spectrum.re.slice(0, N / 2 + 1).map((real, k) => real ** 2 + spectrum.im[k]! ** 2);
}

/** Spectral descriptors of one frame after another, by name, each from its definition. */
export function describePlainly(frames: Float64Array[]): Record<string, number[]> {
  const contours: Record<string, number[]> = {};
  const put = (name: string, value: number): void => void (contours[name] ??= []).push(value);
  let before: { shares: Float64Array; levels: Float64Array } | undefined;
  for (const frame of frames) {
    const power = powerSpectrum(frame);
    const bins = Array.from(power.keys());
    const within = (low: number, high: number): number[] =>
      bins.filter((bin) => bin * BIN_HZ >= low && bin * BIN_HZ < high);

    const magnitude = power.map(Math.sqrt);
    const centroid = sum(magnitude.map((m, bin) => m * bin)) / sum(magnitude);
    put('centroid', centroid);
    put('spread', Math.sqrt(sum(magnitude.map((m, bin) => m * (bin - centroid) ** 2)) / sum(magnitude)));
    for (const percent of [25, 50, 75, 90]) {
      let running = 0;
      const below = power.filter((p) => (running += p) < (percent / 100) * sum(power));
      put(`rolloff${percent}`, below.length);
    }
    const powerOf = (low: number, high: number): number => sum(within(low, high).map((bin) => power[bin]!));
    const peakOf = (low: number, high: number): number => Math.max(...within(low, high).map((bin) => power[bin]!));
    put('alpha', level(powerOf(50, 1000)) - level(powerOf(1000, 5000)));
    put('hammarberg', level(peakOf(0, 2000)) - level(peakOf(2000, 5000)));
    for (const [name, low, high] of [
      ['slope500', 0, 500],
      ['slope1500', 500, 1500],
    ] as const) {
      const range = within(low, high);
      const mean = sum(range.map((bin) => (bin * BIN_HZ) / 1000)) / range.length;
      const offsets = range.map((bin) => (bin * BIN_HZ) / 1000 - mean);
      const products = offsets.map((offset, i) => offset * level(power[range[i]!]!));
      put(name, sum(products) / sum(offsets.map((offset) => offset ** 2)));
    }

    const mel = applyBank(melBank(RATE, N, 40), power);
    const levels = mel.map(level);
    const roots = mel.map(Math.sqrt);
    const shares = roots.map((root) => root / sum(roots));
    const last = before ?? { shares, levels };
    put('flux', Math.sqrt(sum(shares.map((share, band) => (share - last.shares[band]!) ** 2))));
    put('rise', sum(levels.map((here, band) => Math.max(here - last.levels[band]!, 0))) / 40);
    before = { shares, levels };
    put('loudness', sum(mel.map((p) => p ** 0.25)));
    put('flatness', sum(levels) / 40 - level(sum(mel) / 40));
    put('entropy', sum(mel.map((p) => (-p / sum(mel)) * Math.log(Math.max(p, 1e-8) / sum(mel)))));
    project(cosineTransform(20, 40), levels).forEach((value, k) => put(`mfcc_${k}`, value));
    const { valleys, peaks } = valleysAndPeaks(contrastBands(RATE, N), magnitude);
    peaks.forEach((peak, band) => put(`contrast_${band}`, level(peak ** 2) - level(valleys[band]! ** 2)));
  }
  return contours;
}
