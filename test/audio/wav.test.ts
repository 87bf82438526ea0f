import { expect } from 'chai';
import fc from 'fast-check';
import { decodePcm } from '../../core/audio/decodeAudio.js';
import type { DecodedAudio } from '../../core/audio/decodedAudio.js';
import { ds64, formatChunk, latin1, pooled, riff, wav, wav16, type Chunk } from './files.js';
import { golden } from './golden.js';
import { refusalOf } from './rejection.js';

const decode = (bytes: Uint8Array): DecodedAudio => decodePcm(bytes, 'a.wav')!;
const samplesOf = (bytes: Uint8Array): number[] => [...decode(bytes).channels[0]!];
const bytesOf = (...values: number[]): Uint8Array => Uint8Array.from(values);

const PCM16 = formatChunk({ tag: 1, bits: 16 });
const DATA: Chunk = { id: 'data', body: bytesOf(0, 0x40, 0, 0xc0) };
const EXPECTED = [0.5, -0.5];

describe('a WAV file', () => {
  const encodings: [what: string, tag: number, bits: number, data: Uint8Array, samples: number[]][] = [
    ['unsigned 8-bit', 1, 8, bytesOf(0, 128, 192, 255), [-1, 0, 0.5, 127 / 128]],
    ['16-bit', 1, 16, bytesOf(0, 0x80, 1, 0, 0xff, 0x7f), [-1, 1 / 32768, 32767 / 32768]],
    ['24-bit', 1, 24, bytesOf(0, 0, 0x80, 1, 0, 0, 0xff, 0xff, 0xff), [-1, 2 ** -23, -(2 ** -23)]],
    ['32-bit', 1, 32, bytesOf(0, 0, 0, 0x80, 0, 0, 0, 0x40), [-1, 0.5]],
    ['single-precision', 3, 32, new Uint8Array(Float32Array.of(0.25, -3).buffer), [0.25, -3]],
    ['double-precision', 3, 64, new Uint8Array(Float64Array.of(0.1, -1).buffer), [Math.fround(0.1), -1]],
  ];
  for (const [what, tag, bits, data, samples] of encodings) {
    for (const extensible of [false, true]) {
      it(`of ${what} samples is scaled as soundfile scales it${extensible ? ', EXTENSIBLE too' : ''}`, () => {
        expect(samplesOf(wav({ tag, bits, extensible }, data))).to.deep.equal(samples);
      });
    }
  }

  for (const [law, tag] of [
    ['alaw', 6],
    ['ulaw', 7],
  ] as const) {
    it(`of ${law} codes expands all 256 of them as libsndfile does`, () => {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
      const expected = golden.companding[law].map((value) => value / 32768);
      expect(samplesOf(wav({ tag, bits: 8 }, codes))).to.deep.equal(expected);
    });
  }

  it('takes apart any number of channels', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 20 }), (channels, frames) => {
        const samples = Int16Array.from({ length: channels * frames }, (_, i) => i);
        const audio = decode(wav16(samples, channels));
        expect(audio.channels.length).to.equal(channels);
        audio.channels.forEach((channel, c) => {
          expect([...channel]).to.deep.equal(Array.from({ length: frames }, (_, f) => (f * channels + c) / 32768));
        });
      }),
    );
  });

  it('may have unknown chunks before and after its samples', () => {
    const unknown = { id: 'FLLR', body: new Uint8Array(4000) };
    expect(samplesOf(riff([unknown, PCM16, unknown, DATA, unknown]))).to.deep.equal(EXPECTED);
  });

  it('may have an odd-sized chunk, with its padding byte or without', () => {
    for (const pad of [true, false]) {
      const odd = { id: 'LIST', body: latin1('INFOx'), pad };
      expect(samplesOf(riff([odd, PCM16, odd, DATA])), `padding: ${pad}`).to.deep.equal(EXPECTED);
    }
  });

  for (const size of [0, 0xffffffff, 0x7ffff000]) {
    it(`of streamed length ${size} holds what is there`, () => {
      const audio = decode(riff([PCM16, { ...DATA, size }]));
      expect([...audio.channels[0]!]).to.deep.equal(EXPECTED);
      expect(audio).to.include({ totalFrames: 2, missingFrames: 0 });
    });
  }

  it('of the 64-bit form takes its length from the chunk ds64', () => {
    const tail = { id: 'LIST', body: latin1('INFO') };
    const data = { ...DATA, size: 0xffffffff };
    for (const magic of ['RF64', 'BW64']) {
      expect(samplesOf(riff([ds64(4), PCM16, data, tail], magic))).to.deep.equal(EXPECTED);
    }
    expect(decode(riff([ds64(2 ** 40), PCM16, data], 'RF64')).missingFrames).to.equal(2 ** 39 - 2);
  });

  it('that ends early gives what it has and says how much is missing', () => {
    const audio = decode(riff([PCM16, { ...DATA, size: 2000 }]));
    expect(audio).to.include({ frames: 2, totalFrames: 1000, missingFrames: 998 });
  });

  it('that ends within a frame gives the whole frames', () => {
    expect(samplesOf(riff([PCM16, { id: 'data', body: bytesOf(0, 0x40, 7), pad: false }]))).to.deep.equal([0.5]);
  });

  it('may be a view into a pooled buffer', () => {
    expect(samplesOf(pooled(wav({ tag: 1, bits: 16 }, DATA.body)))).to.deep.equal(EXPECTED);
    expect(samplesOf(pooled(wav({ tag: 3, bits: 64 }, new Uint8Array(8))))).to.deep.equal([0]);
  });

  it('is read only as far as asked for', () => {
    const file = wav16(new Int16Array(8000).fill(16384));
    const audio = decodePcm(file, 'a.wav', { maxSeconds: 0.25 })!;
    expect(audio).to.include({ frames: 2000, totalFrames: 8000, missingFrames: 0 });
    expect(audio.channels[0]!.length).to.equal(2000);
  });

  it('is refused without a format, samples, channels or a rate', async () => {
    const of = (...chunks: Chunk[]): Promise<string> => refusalOf(() => decode(riff(chunks)));
    expect(await of(DATA)).to.equal('the WAV file has samples ahead of its format chunk');
    expect(await of(PCM16)).to.equal('the WAV file has no data chunk');
    expect(await of()).to.equal('the WAV file has no format chunk');
    expect(await of({ id: 'fmt ', body: new Uint8Array(4) }, DATA)).to.match(/no complete format chunk/);
    expect(await of(formatChunk({ tag: 1, bits: 16, channels: 0 }), DATA)).to.match(/says 0 channels/);
    expect(await of(formatChunk({ tag: 1, bits: 16, sampleRate: 0 }), DATA)).to.match(/rate of 0 Hz/);
  });

  it('of a codec that is not read is refused by the name of the codec', async () => {
    const of = (tag: number, bits: number): Promise<string> =>
      refusalOf(() => decode(riff([formatChunk({ tag, bits }), DATA])));
    expect(await of(0x11, 4)).to.equal('the WAV file holds IMA ADPCM with 4 bits a sample, which is not read');
    expect(await of(0x999, 16)).to.match(/format 0x999/);
    expect(await of(1, 64)).to.match(/PCM with 64 bits|format 0x1 with 64 bits/);
  });

  it('with a sample that is no finite number is refused by its place', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const file = wav({ tag: 3, bits: 32 }, new Uint8Array(Float32Array.of(0, 1, bad).buffer));
      expect(await refusalOf(() => decode(file))).to.equal(`sample 2 is ${bad}, not a finite number`);
    }
    const huge = wav({ tag: 3, bits: 32 }, new Uint8Array(Float32Array.of(3e38, 3e38).buffer));
    expect(decode(huge).frames).to.equal(2);
  });

  it('never makes room for more than the file holds', async () => {
    const of = (channels: number): Uint8Array =>
      riff([formatChunk({ tag: 1, bits: 8, channels }), { ...DATA, size: 0x70000000 }]);
    expect(decode(of(1000)).frames).to.equal(0);
    expect(await refusalOf(() => decode(of(60000)))).to.match(/60000 channels; 1 to 1024 are read/);
  });
});
