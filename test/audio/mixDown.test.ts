import { expect } from 'chai';
import { mixDown } from '../../core/audio/mixDown.js';
import { golden, unpacked } from './golden.js';
import { noise } from './signals.js';

describe('mixDown', () => {
  for (const { channels, values } of golden.mixedDown) {
    it(`of ${channels} channels equals librosa's mean to the bit`, () => {
      const frames = noise(64 * channels, channels);
      const separate = Array.from({ length: channels }, (_, c) =>
        Float32Array.from({ length: 64 }, (_, f) => frames[f * channels + c]! / 32768),
      );
      expect(mixDown(separate)).to.deep.equal(unpacked(values));
    });
  }

  it('of one channel is that channel itself, of none nothing', () => {
    const only = Float32Array.of(1, 2);
    expect(mixDown([only])).to.equal(only);
    expect(mixDown([]).length).to.equal(0);
  });

  it('leaves its channels as they were', () => {
    const channels = Array.from({ length: 9 }, () => Float32Array.of(1, 2, 3));
    mixDown(channels);
    for (const channel of channels) expect([...channel]).to.deep.equal([1, 2, 3]);
  });
});
