import { expect } from 'chai';
import { convertPcm16 } from '../../core/audio/pcm16.js';

/** How many samples the kernel converts at a time. */
const BLOCK = 8192;

/** What the kernel makes of samples that begin at `offset` of their memory, and that the same by its definition. */
function converted(samples: Int16Array, offset: number): { found: Float32Array; expected: Float32Array } {
  const bytes = new Uint8Array(samples.byteLength + offset);
  bytes.set(new Uint8Array(samples.buffer), offset);
  const found = new Float32Array(samples.length).fill(NaN);
  convertPcm16(bytes.subarray(offset), found);
  return { found, expected: Float32Array.from(samples, (sample) => sample / 32768) };
}

describe('16-bit samples as floating point', () => {
  it('have a full scale of 1, for every value there is', () => {
    const { found, expected } = converted(
      Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768),
      0,
    );
    expect(found).to.deep.equal(expected);
  });

  it('are all there, whatever the length, and at an odd address', () => {
    for (const length of [0, 1, 7, 8, 9, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5]) {
      const samples = Int16Array.from({ length }, (_, i) => ((i * 7919) % 60_001) - 30_000);
      for (const offset of [0, 1]) {
        const { found, expected } = converted(samples, offset);
        expect(found, `${length} samples, ${offset} bytes in`).to.deep.equal(expected);
      }
    }
  });
});
