import { expect } from 'chai';
import { createArena, instantiateKernels } from '../../core/training/kernels.js';
import { panelIndex } from '../../core/training/panels.js';
import { PURPOSE, randomWords } from '../../core/training/random.js';

const kernels = instantiateKernels();
const arena = createArena(kernels);
const place = (count: number) => arena.allocate(4 * count);
const view = (address: number, count: number) => new Float32Array(kernels.memory.buffer, address, count);

/** Numbers from -1 to 1, the given share of them 0, every other zero a negative one. */
function drawMatrix(seed: number, size: number, zeros: number): Float32Array {
  const words = randomWords({ seed, purpose: PURPOSE.initialWeights }, size);
  return Float32Array.from(words, (word, index) => {
    const value = word / 2 ** 31 - 1;
    return Math.abs(value) < zeros ? (index % 2 === 0 ? 0 : -0) : value;
  });
}

function placeMatrix(matrix: Float32Array, rows: number, width: number): number {
  const address = place(rows * width);
  const panels = view(address, rows * width);
  matrix.forEach((value, index) => (panels[panelIndex(Math.floor(index / width), index % width, rows)] = value));
  return address;
}

/** A product of rows x depth and depth x width, rounded after every operation, steps ascending. */
function product(
  [rows, depth, width]: [number, number, number],
  left: (row: number, step: number) => number,
  right: (step: number, column: number) => number,
): number[] {
  return Array.from({ length: rows * width }, (_, index) => {
    let sum = 0;
    for (let step = 0; step < depth; step++) {
      const term = Math.fround(left(Math.floor(index / width), step) * right(step, index % width));
      sum = Math.fround(sum + term);
    }
    return sum;
  });
}

describe('products with a gradient that is mostly 0', () => {
  for (const { rows, count, units, inputs, zeros } of [
    { rows: 32, count: 32, units: 16, inputs: 72, zeros: 0.7 },
    { rows: 16, count: 11, units: 24, inputs: 8, zeros: 0.5 },
    { rows: 8, count: 1, units: 8, inputs: 40, zeros: 0 },
    { rows: 8, count: 8, units: 8, inputs: 32, zeros: 1 },
  ]) {
    it(`are to the last bit the sums with every zero (${count} of ${rows} rows, ${inputs} x ${units})`, () => {
      const gradient = drawMatrix(1, rows * units, zeros);
      const input = drawMatrix(2, rows * inputs, 0);
      const kernel = drawMatrix(3, units * inputs, 0);
      const placedGradient = placeMatrix(gradient, rows, units);
      const placedInput = placeMatrix(input, rows, inputs);
      const placedKernel = placeMatrix(kernel, units, inputs);
      const pairs = place(2 * (rows * units + 1));
      const ends = place(Math.max(rows, units));
      const ofKernel = place(units * inputs);
      const ofInput = place(rows * inputs);

      kernels.listColumns(placedGradient, pairs, ends, count, rows, units);
      kernels.multiplySparse(pairs, ends, placedInput, ofKernel, rows, units, inputs);
      const kernelGradient = product(
        [units, count, inputs],
        (unit, row) => gradient[row * units + unit]!,
        (row, column) => input[row * inputs + column]!,
      );
      const kernelPanels = view(ofKernel, units * inputs);
      kernelGradient.forEach((expected, index) => {
        const found = kernelPanels[panelIndex(Math.floor(index / inputs), index % inputs, units)];
        expect(Object.is(found, expected), `kernel ${index}: ${found} for ${expected}`).to.equal(true);
      });

      kernels.listRows(placedGradient, pairs, ends, count, rows, units);
      kernels.multiplySparse(pairs, ends, placedKernel, ofInput, units, rows, inputs);
      const inputGradient = product(
        [count, units, inputs],
        (row, unit) => gradient[row * units + unit]!,
        (unit, column) => kernel[unit * inputs + column]!,
      );
      const inputPanels = view(ofInput, rows * inputs);
      for (let index = 0; index < rows * inputs; index++) {
        const expected = inputGradient[index] ?? 0;
        const found = inputPanels[panelIndex(Math.floor(index / inputs), index % inputs, rows)];
        expect(Object.is(found, expected), `input ${index}: ${found} for ${expected}`).to.equal(true);
      }
    });
  }
});
