/** A band of the spectral contrast: bins, and how many of them make its valley and its peak. */
export type ContrastBand = { firstBin: number; bins: number; taken: number };

const LOWEST_HZ = 200;
const OCTAVES = 6;
const QUANTILE = 0.02;

/**
 * The seven bands of `librosa.feature.spectral_contrast` (Jiang et al., 2002): 0 to 200 Hz, five octaves, and the rest.
 *
 * A band also takes the bin below its lower edge, and all but the topmost gives its last bin up again; the share
 * taken is of the bins before that.
 */
export function contrastBands(sampleRate: number, transformLength: number): ContrastBand[] {
  const nyquistBin = transformLength / 2;
  const binHz = sampleRate / transformLength;
  return Array.from({ length: OCTAVES + 1 }, (_, band) => {
    const lowHz = band === 0 ? 0 : LOWEST_HZ * 2 ** (band - 1);
    const highHz = LOWEST_HZ * 2 ** band;
    const firstInside = Math.ceil(lowHz / binHz);
    const firstBin = band === 0 ? firstInside : firstInside - 1;
    const last = band === OCTAVES;
    const lastBin = last ? nyquistBin : Math.floor(highHz / binHz);
    const counted = lastBin - firstBin + 1;
    return { firstBin, bins: last ? counted : counted - 1, taken: Math.max(roundHalfToEven(QUANTILE * counted), 1) };
  });
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
