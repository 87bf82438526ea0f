import { expect } from 'chai';
import { decodeAudio, decodePcm } from '../../core/audio/decodeAudio.js';
import { inspectAudio } from '../../core/audio/inspectAudio.js';
import { SerError } from '../../core/contracts/errors.js';
import { aiff, ds64, formatChunk, latin1, riff, wav } from './files.js';
import { fixture } from './golden.js';
import { noise } from './signals.js';

const BODY = new Uint8Array(noise(300).buffer);
const UNKNOWN = { id: 'LIST', body: latin1('INFOx') };

const WAV_FILES = [
  ...[8, 16, 24, 32].map((bits) => wav({ tag: 1, bits, channels: 2 }, BODY)),
  ...[32, 64].map((bits) => wav({ tag: 3, bits, extensible: true }, new Uint8Array(BODY.length))),
  wav({ tag: 6, bits: 8 }, BODY),
  riff([ds64(600), UNKNOWN, formatChunk({ tag: 1, bits: 16 }), { id: 'data', body: BODY, size: 0xffffffff }], 'RF64'),
];
const AIFF_FILES = [
  aiff({ bits: 16, frames: 300 }, BODY),
  ...['sowt', 'fl32', 'ulaw', 'in24'].map((compression) => aiff({ bits: 16, frames: 100, compression }, BODY)),
];

/** A deterministic source of whole numbers below a bound. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some bytes changed (most of them in the header), cut out, doubled, or the end cut off. */
function mutated(original: Uint8Array, seed: number): Uint8Array {
  const roll = dice(seed);
  const bytes = Uint8Array.from(original);
  for (let changes = 1 + roll(6); changes > 0; changes--) {
    const within = roll(3) === 0 ? bytes.length : Math.min(bytes.length, 100);
    bytes[roll(within)] = roll(2) === 0 ? roll(256) : [0, 1, 0x7f, 0x80, 0xff][roll(5)]!;
  }
  const [from, to] = [roll(bytes.length), roll(bytes.length)].sort((a, b) => a - b) as [number, number];
  switch (roll(8)) {
    case 0:
      return bytes.subarray(0, from);
    case 1:
      return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
    case 2:
      return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from)]);
    default:
      return bytes;
  }
}

const FREE_BYTES = 8 << 20;
const TIME_LIMIT_MS = 120_000;

/** Asserts that a result is consistent and no larger than the file allows. */
function assertInProportion(channels: Float32Array[], frames: number, bytes: Uint8Array): void {
  if (channels.some((channel) => channel.length !== frames)) expect.fail('channels of different lengths');
  const size = channels.reduce((sum, channel) => sum + channel.buffer.byteLength, 0);
  expect(size).to.be.at.most(FREE_BYTES + bytes.length * 4 * 1024);
}

function assertRefusal(error: unknown, seed: number): void {
  if (!(error instanceof SerError && error.kind === 'BadInput')) throw new Error(`seed ${seed}`, { cause: error });
}

describe('mutated files', () => {
  for (const [kind, files] of [
    ['WAV', WAV_FILES],
    ['AIFF', AIFF_FILES],
  ] as const) {
    it(`20,000 of ${kind} are read or refused, within their proportion`, function () {
      this.timeout(TIME_LIMIT_MS);
      let read = 0;
      for (let seed = 0; seed < 20000; seed++) {
        const bytes = mutated(files[seed % files.length]!, seed);
        try {
          const audio = decodePcm(bytes, 'fuzz');
          if (!audio) continue;
          read++;
          assertInProportion(audio.channels, audio.frames, bytes);
          expect(audio.frames + audio.missingFrames).to.equal(audio.totalFrames);
        } catch (error) {
          assertRefusal(error, seed);
        }
      }
      expect(read).to.be.within(2000, 19999);
    });
  }

  for (const file of ['mono16.flac', 'low.mp3', 'stereo.vorbis.ogg', 'low.opus.ogg']) {
    it(`2,000 of ${file} are read or refused, within their proportion`, async function () {
      this.timeout(TIME_LIMIT_MS);
      const original = fixture(file);
      let read = 0;
      for (let seed = 0; seed < 2000; seed++) {
        const bytes = mutated(original, seed);
        try {
          const audio = await decodeAudio(bytes, 'fuzz');
          read++;
          assertInProportion(audio.channels, audio.frames, bytes);
          if (seed % 40 === 0) await inspectAudio(bytes, 'fuzz');
        } catch (error) {
          assertRefusal(error, seed);
        }
      }
      expect(read).to.be.within(20, 1999);
    });
  }
});
