import { expect } from 'chai';
import fc from 'fast-check';
import { addLevels, type Levels, levelsOfPcm16, NO_LEVELS } from '../../core/audio/levels.js';

/** How many samples the kernel measures at a time. */
const BLOCK = 8192;

/** Levels by their definition, from samples as floating point. */
function slowLevels(values: Int16Array): Levels {
  const levels = { ...NO_LEVELS };
  addLevels(
    levels,
    Float32Array.from(values, (value) => value / 32768),
    32767 / 32768,
  );
  return levels;
}

const bytesOf = (values: Int16Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('levels of 16-bit samples', () => {
  it('are those of the samples as floating point, to the bit', () => {
    const sample = fc.oneof(fc.constantFrom(-32768, -32767, 32766, 32767, 0), fc.integer({ min: -32768, max: 32767 }));
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 100 }), (values) => {
        const samples = Int16Array.from(values);
        expect(levelsOfPcm16(bytesOf(samples))).to.deep.equal(slowLevels(samples));
      }),
    );
  });

  it('count all of a recording, whatever its length, and nothing of the one before', () => {
    levelsOfPcm16(bytesOf(new Int16Array(BLOCK).fill(-32768)));
    for (const length of [1, 7, 8, 9, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5, 100_003]) {
      const samples = Int16Array.from({ length }, (_, i) => ((i * 7919) % 60_001) - 30_000);
      samples[length - 1] = 32_767;
      expect(levelsOfPcm16(bytesOf(samples)), `${length} samples`).to.deep.equal(slowLevels(samples));
    }
  });

  it('hold at full scale on both sides of zero', () => {
    const samples = new Int16Array(3 * BLOCK).fill(-32768);
    const levels = levelsOfPcm16(bytesOf(samples));
    expect(levels).to.deep.equal({ samples: 3 * BLOCK, peak: 1, squares: 3 * BLOCK, clipped: 3 * BLOCK });
  });

  it('are the same at an odd address', () => {
    const samples = Int16Array.from({ length: 5000 }, (_, i) => i * 6 - 15_000);
    const shifted = new Uint8Array(samples.byteLength + 1);
    shifted.set(bytesOf(samples), 1);
    expect(levelsOfPcm16(shifted.subarray(1))).to.deep.equal(slowLevels(samples));
  });
});
