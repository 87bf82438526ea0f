import { resample } from '../../../core/audio/resample.js';
import type { ComplexRow } from '../../../core/features/constantQFilters.js';
import { shortTimeSpectra } from './fourier.js';

const OCTAVES = 7;
const HOP_LENGTH = 512;

/** Magnitudes of the constant-Q transform, 252 bins from C1 on for each frame: `abs(librosa.cqt(...))`. */
export function constantQMagnitudes(samples: Float32Array, filters: ComplexRow[]): Float64Array[] {
  const window = new Float64Array(1024).fill(1);
  const frames = 1 + Math.floor(samples.length / HOP_LENGTH);
  const bins = Array.from({ length: frames }, () => new Float64Array(OCTAVES * filters.length));
  let current = samples;
  for (let octave = OCTAVES - 1; octave >= 0; octave--) {
    const hop = HOP_LENGTH >> (OCTAVES - 1 - octave);
    const spectra = shortTimeSpectra(current, window, hop).slice(0, frames);
    spectra.forEach(({ re, im }, frame) => {
      filters.forEach(({ firstBin, weights }, row) => {
        let sumRe = 0;
        let sumIm = 0;
        for (let i = 0; i < weights.length / 2; i++) {
          const [wr, wi] = [weights[2 * i]!, weights[2 * i + 1]!];
          const [xr, xi] = [re[firstBin + i]!, im[firstBin + i]!];
          sumRe += wr * xr - wi * xi;
          sumIm += wr * xi + wi * xr;
        }
        bins[frame]![octave * filters.length + row] = Math.hypot(sumRe, sumIm);
      });
    });
    current = resample(current, 2, 1).map((sample) => sample * Math.SQRT2);
  }
  return bins;
}

/** Pitch classes of 252 bins: each takes the bin of its pitch and both neighbours, in all octaves. */
export function foldToClasses(bins: Float64Array): Float64Array {
  const chroma = new Float64Array(12);
  bins.forEach((size, bin) => (chroma[Math.floor((bin + 1) / 3) % 12]! += size));
  return chroma;
}
