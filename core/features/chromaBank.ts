import { hzToOctaves } from './tuning.js';

const CLASSES = 12;
/** Centre (in octaves above 27.5 Hz / 2^0) and width of the Gaussian that weights the octaves. */
const CENTRE_OCTAVE = 5;
const OCTAVE_WIDTH = 2;
/** The bank is made from A; class 0 is C. */
const FROM_A_TO_C = 3;

/**
 * Weights of the pitch classes (C first) in each bin of a power spectrum, 12 a bin: `librosa.filters.chroma`.
 *
 * Each bin is a Gaussian bump around its pitch, of unit Euclidean norm over the classes, weighted by octave.
 *
 * @param tuning deviation from A = 440 Hz in semitones
 */
export function chromaBank(sampleRate: number, transformLength: number, tuning: number): Float32Array {
  const bins = transformLength / 2 + 1;
  const pitch = Float64Array.from(
    { length: bins + 1 },
    (_, bin) => CLASSES * hzToOctaves((bin * sampleRate) / transformLength, tuning),
  );
  pitch[0] = pitch[1]! - 1.5 * CLASSES;
  const bank = new Float32Array(bins * CLASSES);
  const bump = new Float64Array(CLASSES);
  for (let bin = 0; bin < bins; bin++) {
    const width = Math.max(pitch[bin + 1]! - pitch[bin]!, 1);
    let squares = 0;
    for (let c = 0; c < CLASSES; c++) {
      const away = wrapped(pitch[bin]! - c);
      bump[c] = Math.exp(-0.5 * ((2 * away) / width) ** 2);
      squares += bump[c]! ** 2;
    }
    const octave = (pitch[bin]! / CLASSES - CENTRE_OCTAVE) / OCTAVE_WIDTH;
    const weight = Math.exp(-0.5 * octave ** 2) / Math.sqrt(squares);
    for (let c = 0; c < CLASSES; c++) bank[bin * CLASSES + ((c + CLASSES - FROM_A_TO_C) % CLASSES)] = bump[c]! * weight;
  }
  return bank;
}

/** The distance between pitch classes, from -6 to 6. */
function wrapped(distance: number): number {
  const shifted = distance + 0.5 * CLASSES + 10 * CLASSES;
  return shifted - CLASSES * Math.floor(shifted / CLASSES) - 0.5 * CLASSES;
}
