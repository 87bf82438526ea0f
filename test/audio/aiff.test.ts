import { expect } from 'chai';
import { decodePcm } from '../../core/audio/decodeAudio.js';
import type { DecodedAudio } from '../../core/audio/decodedAudio.js';
import { aiff, commonChunk, form, latin1, pooled, RATE_24414, soundChunk } from './files.js';
import { golden } from './golden.js';
import { refusalOf } from './rejection.js';

const decode = (bytes: Uint8Array): DecodedAudio => decodePcm(bytes, 'a.wav')!;
const samplesOf = (bytes: Uint8Array): number[] => [...decode(bytes).channels[0]!];
const bytesOf = (...values: number[]): Uint8Array => Uint8Array.from(values);
const bigEndian = (array: Float32Array | Float64Array): Uint8Array => {
  const width = array.BYTES_PER_ELEMENT;
  return new Uint8Array(array.buffer).map((_, i, bytes) => bytes[i - (i % width) + width - 1 - (i % width)]!);
};

const DATA = bytesOf(0x40, 0, 0xc0, 0);
const EXPECTED = [0.5, -0.5];

describe('an AIFF file', () => {
  const encodings: [compression: string | undefined, bits: number, data: Uint8Array, samples: number[]][] = [
    [undefined, 8, bytesOf(0x80, 0, 0x40), [-1, 0, 0.5]],
    [undefined, 16, bytesOf(0x80, 0, 0, 1), [-1, 1 / 32768]],
    [undefined, 24, bytesOf(0x80, 0, 0, 0, 0, 1), [-1, 2 ** -23]],
    [undefined, 32, bytesOf(0x80, 0, 0, 0, 0x40, 0, 0, 0), [-1, 0.5]],
    ['NONE', 16, DATA, EXPECTED],
    ['twos', 16, DATA, EXPECTED],
    ['sowt', 16, bytesOf(0, 0x40, 0, 0xc0), EXPECTED],
    ['raw ', 8, bytesOf(0, 192), [-1, 0.5]],
    ['in24', 24, bytesOf(0x40, 0, 0), [0.5]],
    ['42ni', 24, bytesOf(0, 0, 0x40), [0.5]],
    ['in32', 32, bytesOf(0x40, 0, 0, 0), [0.5]],
    ['23ni', 32, bytesOf(0, 0, 0, 0x40), [0.5]],
    ['fl32', 32, bigEndian(Float32Array.of(0.25, -3)), [0.25, -3]],
    ['FL32', 32, bigEndian(Float32Array.of(0.25)), [0.25]],
    ['fl64', 64, bigEndian(Float64Array.of(0.1)), [Math.fround(0.1)]],
  ];
  for (const [compression, bits, data, samples] of encodings) {
    it(`of ${bits} bits${compression === undefined ? '' : `, compression type ${compression},`} is scaled as soundfile scales it`, () => {
      expect(samplesOf(aiff({ bits, frames: samples.length, compression: compression! }, data))).to.deep.equal(samples);
    });
  }

  for (const law of ['alaw', 'ulaw', 'ALAW', 'ULAW']) {
    it(`of compression type ${law} expands as a WAV file does`, () => {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
      const expected = golden.companding[law.toLowerCase() as 'alaw'].map((value) => value / 32768);
      expect(samplesOf(aiff({ bits: 16, frames: 256, compression: law }, codes))).to.deep.equal(expected);
    });
  }

  it('says its rate as an 80-bit number', () => {
    expect(decode(aiff({ bits: 16, frames: 2 }, DATA)).sampleRate).to.equal(8000);
    expect(decode(aiff({ bits: 16, frames: 2, rate: RATE_24414 }, DATA)).sampleRate).to.equal(24414);
  });

  it('may have its samples ahead of its common chunk, behind an offset, and unknown chunks around', () => {
    const common = commonChunk({ bits: 16, frames: 2 });
    const unknown = { id: 'APPL', body: latin1('stoc!') };
    expect(samplesOf(form('AIFF', [unknown, soundChunk(DATA, 6), unknown, common]))).to.deep.equal(EXPECTED);
  });

  it('that ends early gives what it has and says how much is missing', () => {
    const audio = decode(aiff({ bits: 16, frames: 1000 }, DATA));
    expect(audio).to.include({ frames: 2, totalFrames: 1000, missingFrames: 998 });
  });

  it('of streamed length holds what is there', () => {
    expect(decode(aiff({ bits: 16, frames: 0 }, DATA))).to.include({ frames: 2, totalFrames: 2, missingFrames: 0 });
  });

  it('may be a view into a pooled buffer', () => {
    expect(samplesOf(pooled(aiff({ bits: 16, frames: 2 }, DATA)))).to.deep.equal(EXPECTED);
  });

  it('is told by its content and not by its name', () => {
    expect(decode(aiff({ bits: 16, frames: 2, compression: 'NONE' }, DATA)).container).to.equal('aiff');
  });

  it('is refused without its chunks, channels or a rate, or with a codec that is not read', async () => {
    const of = (bytes: Uint8Array): Promise<string> => refusalOf(() => decode(bytes));
    expect(await of(form('AIFF', [soundChunk(DATA)]))).to.match(/no common chunk/);
    expect(await of(form('AIFF', [commonChunk({ bits: 16, frames: 2 })]))).to.match(/no sound data chunk/);
    expect(await of(form('AIFF', [{ id: 'COMM', body: DATA }]))).to.match(/no complete common chunk/);
    expect(await of(aiff({ bits: 16, frames: 2, channels: 0 }, DATA))).to.match(/says 0 channels/);
    expect(await of(aiff({ bits: 16, frames: 2, rate: '\0\0\0\0\0\0\0\0\0\0' }, DATA))).to.match(/rate of 0 Hz/);
    expect(await of(aiff({ bits: 16, frames: 2, compression: 'ima4' }, DATA))).to.match(/holds "ima4"/);
  });
});
