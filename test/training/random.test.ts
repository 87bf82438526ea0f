import { expect } from 'chai';
import { createArena, instantiateKernels } from '../../core/training/kernels.js';
import { panelIndex } from '../../core/training/panels.js';
import {
  PURPOSE,
  batchOrder,
  drawWords,
  dropThreshold,
  dropoutMask,
  maskStride,
  philox,
  randomWords,
} from '../../core/training/random.js';

/** Known answers of philox4x32-10 from the authors' Random123 distribution: counter, key, result. */
const KNOWN_ANSWERS = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const;

describe('random draws', () => {
  it('are Philox-4x32-10', () => {
    for (const [counter, [key0, key1], result] of KNOWN_ANSWERS) {
      const words = Uint32Array.from(counter);
      philox(words, key0, key1);
      expect([...words]).to.deep.equal(result);
    }
  });

  it('differ by seed, purpose, layer, epoch and step, and repeat otherwise', () => {
    const draw = { seed: 1, purpose: PURPOSE.dropout, layer: 1, epoch: 1, step: 1 };
    const others = [
      { ...draw, seed: 2 },
      { ...draw, seed: 1 + 2 ** 32 },
      { ...draw, purpose: PURPOSE.initialWeights },
      { ...draw, layer: 2 },
      { ...draw, epoch: 2 },
      { ...draw, step: 2 },
      draw,
    ];
    expect(new Set(others.map((other) => randomWords(other, 8).join())).size).to.equal(7);
    expect(randomWords(draw, 8)).to.deep.equal(randomWords(draw, 20).subarray(0, 8));
  });

  it('order a batch as a permutation that changes from epoch to epoch', () => {
    const order = batchOrder(5, 1, 1000);
    expect([...order].sort((a, b) => a - b)).to.deep.equal([...Array(1000).keys()]);
    expect(order).to.not.deep.equal(batchOrder(5, 2, 1000));
    expect(order).to.deep.equal(batchOrder(5, 1, 1000));
  });

  it('drop the given share of units and scale the others up', () => {
    const mask = dropoutMask({ seed: 3, layer: 0, epoch: 1, step: 0 }, 0.3, 500, 60);
    expect(mask.filter((value) => value === 0).length / mask.length).to.be.closeTo(0.3, 0.01);
    expect(mask.every((value) => value === 0 || value === Math.fround(1 / 0.7))).to.equal(true);
  });

  it('make the same dropout masks in WebAssembly', () => {
    const [rows, units, rate] = [12, 21, 0.4];
    const draw = { seed: 7 + 3 * 2 ** 32, layer: 2, epoch: 4, step: 9 };
    const kernels = instantiateKernels();
    const width = maskStride(units);
    const address = createArena(kernels).allocate(4 * rows * width);
    const { key0, key1, c1, c2, c3 } = drawWords({ ...draw, purpose: PURPOSE.dropout });
    kernels.dropoutMask(address, rows, width, dropThreshold(rate), 1 / (1 - rate), key0, key1, c1, c2, c3);
    const panels = new Float32Array(kernels.memory.buffer, address, rows * width);
    const expected = dropoutMask(draw, rate, rows, units);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        expect(panels[panelIndex(row, unit, rows)]).to.equal(expected[row * units + unit]);
      }
    }
  });
});
