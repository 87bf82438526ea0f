const CLASSES = 12;
/** Centre (in octaves above the A of 27.5 Hz) and width of the Gaussian that weights the octaves. */
const CENTRE_OCTAVE = 5;
const OCTAVE_WIDTH = 2;
/** The bank is made from A; class 0 is C. */
const FROM_A_TO_C = 3;
/**
 * Bumps below it count as zero. No sum of a class can tell, but powers times such weights fall below the normal numbers of
 * single precision, with which processors are slow.
 */
const LEAST_BUMP = 1e-20;

/**
 * Weights of the pitch classes (C first) in each bin of a power spectrum, 12 a bin: `librosa.filters.chroma`.
 *
 * Each bin is a Gaussian bump around its pitch, of unit Euclidean norm over the classes, weighted by octave.
 *
 * @param tuning deviation from A = 440 Hz in semitones
 */
export function chromaBank(sampleRate: number, transformLength: number, tuning: number): Float32Array {
  const bins = transformLength / 2 + 1;
  const lowestA = (440 * 2 ** (tuning / CLASSES)) / 16;
  const pitch = new Float64Array(bins + 1);
  for (let bin = 1; bin <= bins; bin++) {
    pitch[bin] = CLASSES * Math.log2((bin * sampleRate) / transformLength / lowestA);
  }
  pitch[0] = pitch[1]! - 1.5 * CLASSES;
  const bank = new Float32Array(bins * CLASSES);
  const bumps = new Float64Array(CLASSES);
  for (let bin = 0; bin < bins; bin++) {
    const norm = fillBumps(bumps, pitch[bin]!, Math.max(pitch[bin + 1]! - pitch[bin]!, 1));
    const octave = (pitch[bin]! / CLASSES - CENTRE_OCTAVE) / OCTAVE_WIDTH;
    const weight = Math.exp(-0.5 * octave ** 2) / norm;
    for (let c = 0; c < CLASSES; c++) {
      if (bumps[c]! < LEAST_BUMP) continue;
      bank[bin * CLASSES + ((c + CLASSES - FROM_A_TO_C) % CLASSES)] = bumps[c]! * weight;
    }
  }
  return bank;
}

/**
 * exp(-2 (d / width)^2) of each class's distance d from the pitch, between -6 and 6, and their Euclidean norm.
 *
 * The classes follow one another at distances that fall by 1, so that each bump is the one before times a factor, and each factor
 * the one before times a constant.
 */
function fillBumps(bumps: Float64Array, pitch: number, width: number): number {
  const shifted = pitch + CLASSES / 2;
  const below = Math.floor(shifted);
  const farthest = CLASSES / 2 - 1 + (shifted - below);
  const square = width ** 2;
  let bump = Math.exp((-2 * farthest ** 2) / square);
  let factor = Math.exp((4 * farthest - 2) / square);
  const fall = Math.exp(-4 / square);
  let squares = 0;
  const start = ((below + 1) % CLASSES) + CLASSES;
  for (let i = 0; i < CLASSES; i++) {
    bumps[(start + i) % CLASSES] = bump;
    squares += bump ** 2;
    bump *= factor;
    factor *= fall;
  }
  return Math.sqrt(squares);
}
