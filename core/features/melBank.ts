/** Consecutive weights from a first bin on; everything else is zero. */
export type BankRow = { firstBin: number; weights: Float32Array };

const HZ_PER_MEL = 200 / 3;
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above. */
function hzToMel(hz: number): number {
  return hz < LOG_START_HZ ? hz / HZ_PER_MEL : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
}

function melToHz(mel: number): number {
  return mel < LOG_START_MEL ? mel * HZ_PER_MEL : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

/**
 * Triangular bands of equal area, equally spaced in mel from 0 Hz to the Nyquist frequency, over the bins of a
 * transform of `transformLength` samples: `librosa.filters.mel`.
 */
export function melBank(sampleRate: number, transformLength: number, bands: number): BankRow[] {
  const highest = hzToMel(sampleRate / 2);
  const edges = Array.from({ length: bands + 2 }, (_, i) => melToHz((i * highest) / (bands + 1)));
  const binHz = sampleRate / transformLength;
  return Array.from({ length: bands }, (_, band) => {
    const [low, centre, high] = edges.slice(band, band + 3) as [number, number, number];
    const firstBin = Math.floor(low / binHz) + 1;
    const lastBin = Math.min(Math.ceil(high / binHz) - 1, transformLength / 2);
    const weights = Float32Array.from({ length: lastBin - firstBin + 1 }, (_, i) => {
      const hz = (firstBin + i) * binHz;
      const triangle = Math.max(0, Math.min((hz - low) / (centre - low), (high - hz) / (high - centre)));
      return Math.fround(triangle) * (2 / (high - low));
    });
    return { firstBin, weights };
  });
}

/** First bin, number of bins, weights, row after row, as the kernels read a bank. */
export function packBank(rows: BankRow[]): Float32Array {
  const packed = new Float32Array(rows.reduce((sum, { weights }) => sum + 2 + weights.length, 0));
  const integers = new Int32Array(packed.buffer);
  let at = 0;
  for (const { firstBin, weights } of rows) {
    integers[at] = firstBin;
    integers[at + 1] = weights.length;
    packed.set(weights, at + 2);
    at += 2 + weights.length;
  }
  return packed;
}
