import { singleCosine, singleSine } from './singlePrecision.js';

/**
 * Twiddles of the kernel `forwardReal` for `length` samples, with the roundings of libsoxr's: `length` / 4 floats for the passes over
 * one of four interleaved signals, then three pairs for each of the `length` / 8 bins at which their spectra are joined.
 */
export function realTransformTables(length: number): Float32Array {
  const passes = passTwiddles(length / 4);
  const joints = jointTwiddles(length);
  const tables = new Float32Array(passes.length + joints.length);
  tables.set(passes);
  tables.set(joints, passes.length);
  return tables;
}

/** FFTPACK's table: for each pass but the innermost, radix - 1 rows of (cos, sin), angles multiplied up in single precision. */
function passTwiddles(length: number): Float32Array {
  const twiddles = new Float32Array(length);
  const step = Math.fround((2 * Math.PI) / length);
  let row = 0;
  let groups = 1;
  for (const radix of radices(length).slice(0, -1)) {
    const rowLength = length / (groups * radix);
    for (let j = 1; j < radix; j++) {
      const angle = Math.fround(j * groups * step);
      for (let i = 1; 2 * i < rowLength; i++) {
        twiddles[row + 2 * i - 2] = singleCosine(Math.fround(i * angle));
        twiddles[row + 2 * i - 1] = singleSine(Math.fround(i * angle));
      }
      row += rowLength;
    }
    groups *= radix;
  }
  return twiddles;
}

/** A two, if the length is no power of four, and fours. */
function radices(length: number): number[] {
  const bits = Math.log2(length);
  const fours = new Array<number>(Math.floor(bits / 2)).fill(4);
  return bits % 2 === 1 ? [2, ...fours] : fours;
}

function jointTwiddles(length: number): Float32Array {
  const twiddles = new Float32Array((6 * length) / 8);
  for (let bin = 0; bin < length / 8; bin++) {
    for (const multiple of [1, 2, 3]) {
      const angle = Math.fround((-2 * Math.PI * multiple * bin) / length);
      twiddles[6 * bin + 2 * multiple - 2] = singleCosine(angle);
      twiddles[6 * bin + 2 * multiple - 1] = singleSine(angle);
    }
  }
  return twiddles;
}
