/** Stages of a rate conversion, each over a whole signal. Input buffers hold zeros before the first and after the last sample. */
import { forwardReal, inverseReal } from './_realTransform';
export { forwardReal };

const ELEMENT: usize = 32;

/** The first byte of memory that no code uses. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * Overlap-save with a long filter, `batches` times four blocks: of each block the first `valid` samples of the convolution are
 * kept. Lengths and tables are those of `forwardReal`, `response` holds re and im of each bin of the longer of the two.
 *
 * The inverse transform is twice as long when the rate is doubled, half as long when it is halved: then the upper half
 * of the spectrum, which the filter has emptied, is left out.
 */
export function filterBlocks(
  input: usize,
  advance: usize,
  forwardLength: usize,
  forwardTables: usize,
  response: usize,
  inverseLength: usize,
  inverseTables: usize,
  valid: usize,
  batches: u32,
  scratch: usize,
  spectrum: usize,
  output: usize,
): void {
  for (; batches > 0; batches--) {
    forwardReal(input, advance, forwardLength, forwardTables, scratch, spectrum);
    if (inverseLength > forwardLength) mirrorSpectrum(spectrum, forwardLength);
    multiplySpectrum(spectrum, response, inverseLength >> 1);
    inverseReal(spectrum, inverseLength, inverseTables, scratch, valid, output);
    input += advance << 4;
    output += valid << 4;
  }
}

/** Continues the spectrum of a signal to that of the same with a zero behind each sample. */
function mirrorSpectrum(spectrum: usize, length: usize): void {
  const end = spectrum + length * ELEMENT;
  for (let bin: usize = 0; bin < (length >> 1) * ELEMENT; bin += ELEMENT) {
    v128.store(end - bin, v128.load(spectrum + bin));
    v128.store(end - bin, f32x4.neg(v128.load(spectrum + bin, 16)), 16);
  }
}

/** Multiplies bins 0 to `last` by the response. */
function multiplySpectrum(spectrum: usize, response: usize, last: usize): void {
  for (let k: usize = 0; k <= last; k++) {
    const wr = v128.load32_splat(response);
    const wi = v128.load32_splat(response, 4);
    const re = v128.load(spectrum);
    const im = v128.load(spectrum, 16);
    v128.store(spectrum, f32x4.sub(f32x4.mul(re, wr), f32x4.mul(im, wi)));
    v128.store(spectrum, f32x4.add(f32x4.mul(im, wr), f32x4.mul(re, wi)), 16);
    spectrum += ELEMENT;
    response += 8;
  }
}

/** The sum over each of four vectors. */
function sumsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/**
 * A short filter in `up` phases, stepping by `down`; writes `count` outputs rounded up to four. The row of a phase
 * belongs to `rowBytes` of input from the output's own sample on.
 */
export function filterPolyphase(
  input: usize,
  bank: usize,
  rowBytes: usize,
  up: usize,
  down: usize,
  count: usize,
  output: usize,
): void {
  const sampleStep = (down / up) << 2;
  const phaseStep = (down % up) * rowBytes;
  const phases = up * rowBytes;
  let x0 = input;
  let row0: usize = 0;
  for (const end = output + (count << 2); output < end; output += 16) {
    let x1 = x0 + sampleStep;
    let row1 = row0 + phaseStep;
    if (row1 >= phases) {
      row1 -= phases;
      x1 += 4;
    }
    let x2 = x1 + sampleStep;
    let row2 = row1 + phaseStep;
    if (row2 >= phases) {
      row2 -= phases;
      x2 += 4;
    }
    let x3 = x2 + sampleStep;
    let row3 = row2 + phaseStep;
    if (row3 >= phases) {
      row3 -= phases;
      x3 += 4;
    }
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const taps = bank + at;
      a = f32x4.add(a, f32x4.mul(v128.load(x0 + at), v128.load(taps + row0)));
      b = f32x4.add(b, f32x4.mul(v128.load(x1 + at), v128.load(taps + row1)));
      c = f32x4.add(c, f32x4.mul(v128.load(x2 + at), v128.load(taps + row2)));
      d = f32x4.add(d, f32x4.mul(v128.load(x3 + at), v128.load(taps + row3)));
    }
    v128.store(output, sumsOf(a, b, c, d));
    x0 = x3 + sampleStep;
    row0 = row3 + phaseStep;
    if (row0 >= phases) {
      row0 -= phases;
      x0 += 4;
    }
  }
}

/** A tap between two phases times its samples: constant, slope and curvature of four taps lie behind one another. */
function interpolated(row: usize, x: v128, samples: v128): v128 {
  return f32x4.mul(
    f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(v128.load(row, 32), x), v128.load(row, 16)), x), v128.load(row)),
    samples,
  );
}

/** What is left of a fixed-point position below its phase, from 0 to 1. */
function betweenPhases(position: u64, phaseBits: u32): v128 {
  return f32x4.splat(<f32>((<u32>position) << phaseBits) * <f32>(1.0 / 4294967296.0));
}

/**
 * A short filter in `2 ** phaseBits` phases with quadratics between them; `start` and `step` are in input samples times
 * 2^32. Writes `count` outputs rounded up to four.
 */
export function filterInterpolated(
  input: usize,
  bank: usize,
  rowBytes: usize,
  phaseBits: u32,
  start: f64,
  step: f64,
  count: usize,
  output: usize,
): void {
  const stride = <u64>step;
  const shift = 32 - phaseBits;
  const phaseBytes = <usize>3 * rowBytes;
  let p0 = <u64>start;
  for (const end = output + (count << 2); output < end; output += 16) {
    const p1 = p0 + stride;
    const p2 = p1 + stride;
    const p3 = p2 + stride;
    const x0 = betweenPhases(p0, phaseBits);
    const x1 = betweenPhases(p1, phaseBits);
    const x2 = betweenPhases(p2, phaseBits);
    const x3 = betweenPhases(p3, phaseBits);
    let row0 = bank + <usize>((<u32>p0) >> shift) * phaseBytes;
    let row1 = bank + <usize>((<u32>p1) >> shift) * phaseBytes;
    let row2 = bank + <usize>((<u32>p2) >> shift) * phaseBytes;
    let row3 = bank + <usize>((<u32>p3) >> shift) * phaseBytes;
    const in0 = input + ((<usize>(p0 >> 32)) << 2);
    const in1 = input + ((<usize>(p1 >> 32)) << 2);
    const in2 = input + ((<usize>(p2 >> 32)) << 2);
    const in3 = input + ((<usize>(p3 >> 32)) << 2);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let at: usize = 0; at < rowBytes; at += 16) {
      a = f32x4.add(a, interpolated(row0, x0, v128.load(in0 + at)));
      b = f32x4.add(b, interpolated(row1, x1, v128.load(in1 + at)));
      c = f32x4.add(c, interpolated(row2, x2, v128.load(in2 + at)));
      d = f32x4.add(d, interpolated(row3, x3, v128.load(in3 + at)));
      row0 += 48;
      row1 += 48;
      row2 += 48;
      row3 += 48;
    }
    v128.store(output, sumsOf(a, b, c, d));
    p0 = p3 + stride;
  }
}
