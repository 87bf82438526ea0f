import { expect } from 'chai';
import { inspectAudio } from '../../core/audio/inspectAudio.js';
import { aiff, formatChunk, riff, wav, wav16 } from './files.js';
import { fixture, golden } from './golden.js';
import { refusalOf } from './rejection.js';

describe('inspectAudio', () => {
  it('measures all samples of all channels', async () => {
    const samples = Array.from({ length: 40000 }, (_, i) => [16384, -8192, 0, 32767][i % 4]!);
    const squares = 0.25 + 0.0625 + (32767 / 32768) ** 2;
    const facts = await inspectAudio(wav16(samples, 2, 8000), 'a.wav');
    expect(facts.rms).to.be.closeTo(Math.sqrt(squares / 4), 1e-9);
    expect({ ...facts, rms: 0 }).to.deep.equal({
      sampleRate: 8000,
      channels: 2,
      durationSeconds: 2.5,
      container: 'wav',
      peak: 32767 / 32768,
      rms: 0,
      clippedShare: 0.25,
      missingFrames: 0,
    });
  });

  it('counts samples at full scale on either side as clipped, whatever the width', async () => {
    const clippedShare = async (tag: number, bits: number, data: Uint8Array): Promise<number> =>
      (await inspectAudio(wav({ tag, bits }, data), 'a.wav')).clippedShare;
    expect(await clippedShare(1, 8, Uint8Array.of(0, 255, 128, 129))).to.equal(0.5);
    expect(await clippedShare(3, 32, new Uint8Array(Float32Array.of(1, -1.5, 0.99, 0).buffer))).to.equal(0.5);
    expect(await clippedShare(7, 8, Uint8Array.of(0x00, 0x80, 0x01, 0xff))).to.equal(0.5);
  });

  for (const { file, sampleRate, frames, everyTwentieth } of golden.fixtures) {
    it(`measures ${file}`, async () => {
      const facts = await inspectAudio(fixture(file), file);
      expect(facts.container).to.equal(file.split('.').at(-1)!.replace('opus', 'ogg'));
      expect(facts).to.include({ sampleRate, channels: everyTwentieth.length, missingFrames: 0, clippedShare: 0 });
      expect(facts.durationSeconds).to.equal(frames / sampleRate);
      expect(facts.peak).to.be.closeTo(0.4, 0.02);
    });
  }

  it('refuses a recording without samples', async () => {
    expect(await refusalOf(() => inspectAudio(wav16([]), 'a.wav'))).to.equal('the recording holds no samples');
    const noFrames = aiff({ bits: 16, frames: 0 }, new Uint8Array(0));
    expect(await refusalOf(() => inspectAudio(noFrames, 'a.wav'))).to.equal('the recording holds no samples');
  });

  it('refuses digital silence', async () => {
    const what = 'the recording is digital silence: every sample is zero';
    expect(await refusalOf(() => inspectAudio(wav16(new Int16Array(9000)), 'a.wav'))).to.equal(what);
  });

  it('refuses a recording that ends before its header says', async () => {
    const data = { id: 'data', body: Uint8Array.of(0, 64), size: 16000 };
    const file = riff([formatChunk({ tag: 1, bits: 16 }), data]);
    expect(await refusalOf(() => inspectAudio(file, 'a.wav'))).to.equal(
      'the file ends 1.00 s (7999 of 8000 frames) before its header says',
    );
    const flac = fixture('mono16.flac');
    expect(await refusalOf(() => inspectAudio(flac.subarray(0, 1500), 'a.wav'))).to.match(
      /before its header says|damaged/,
    );
  });

  it('refuses samples that are no finite numbers, wherever they are', async () => {
    const samples = new Float32Array(20000).fill(0.5);
    samples[19000] = NaN;
    const file = wav({ tag: 3, bits: 32 }, new Uint8Array(samples.buffer));
    expect(await refusalOf(() => inspectAudio(file, 'a.wav'))).to.equal('sample 19000 is NaN, not a finite number');
  });
});
