import { expect } from 'chai';
import { decodeAudio } from '../../core/audio/decodeAudio.js';
import { latin1, pooled, wav16 } from './files.js';
import { fixture, golden, unpacked } from './golden.js';
import { refusalOf } from './rejection.js';

/** Lossless formats exactly; lossy ones as closely as two builds of the same decoder agree. */
const LARGEST_DIFFERENCE: [ending: RegExp, difference: number][] = [
  [/flac$/, 0],
  [/mp3$/, 2e-6],
  [/vorbis.ogg$/, 2e-7],
  [/opus.ogg$/, 4e-5],
];

describe('decodeAudio', () => {
  for (const { file, sampleRate, frames, everyTwentieth } of golden.fixtures) {
    it(`reads ${file} as soundfile does`, async () => {
      const audio = await decodeAudio(pooled(fixture(file)), file);
      expect(audio).to.include({ sampleRate, frames, totalFrames: frames, missingFrames: 0 });
      expect(audio.channels.length).to.equal(everyTwentieth.length);
      const tolerance = LARGEST_DIFFERENCE.find(([ending]) => ending.test(file))![1];
      audio.channels.forEach((channel, c) => {
        expect(channel.length).to.equal(frames);
        unpacked(everyTwentieth[c]!).forEach((expected, i) => {
          expect(Math.abs(channel[20 * i]! - expected)).to.be.at.most(tolerance);
        });
      });
    });

    it(`reads no more of ${file} than asked for`, async () => {
      const audio = await decodeAudio(fixture(file), file, { maxSeconds: 0.05 });
      const expected = Math.floor(0.05 * sampleRate);
      expect(audio).to.include({ frames: expected, totalFrames: frames, missingFrames: 0 });
      for (const channel of audio.channels) expect(channel.length).to.equal(expected);
    });

    it(`says that ${file} ends early, or refuses what is left`, async () => {
      const bytes = fixture(file);
      for (const share of [0.4, 0.7, 0.95]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        const audio = await decodeAudio(cut, file).catch(() => undefined);
        if (audio) expect(audio.missingFrames, `${share}`).to.be.above(0);
        else expect(await refusalOf(() => decodeAudio(cut, file), file)).to.match(/damaged/);
      }
    });
  }

  it('refuses a FLAC file whose frames are corrupt', async () => {
    const bytes = Uint8Array.from(fixture('mono16.flac'));
    bytes.fill(0x55, 100);
    expect(await refusalOf(() => decodeAudio(bytes, 'a.wav'))).to.equal(
      'the flac data are damaged: nothing could be decoded',
    );
  });

  it('prints nothing, whatever its decoders would say, and leaves the console as it was', async () => {
    const print = console.error;
    const printed: unknown[] = [];
    console.error = (...words: unknown[]) => printed.push(words);
    try {
      const own = console.error;
      const damaged = ['low.opus.ogg', 'mono16.flac', 'low.mp3'].map((file) => {
        const bytes = Uint8Array.from(fixture(file));
        for (let i = 600; i < bytes.length; i += 7) bytes[i]! ^= 0xff;
        return decodeAudio(bytes, file).catch(() => undefined);
      });
      await Promise.all(damaged);
      expect(printed).to.deep.equal([]);
      expect(console.error).to.equal(own);
    } finally {
      console.error = print;
    }
  });

  const strangers: [what: string, content: string][] = [
    ['an empty file', ''],
    ['a text file', 'These are not the samples\nyou are looking for\n'],
    ['a PNG image', '\x89PNG\r\n\x1a\n....'],
    ['a zip archive', 'PK\x03\x04....'],
    ['an MP4 or QuickTime file', '\0\0\0\x20ftypisom....'],
    ['a RIFF file of type "AVI "', 'RIFF\x10\0\0\0AVI ....'],
    ['an Ogg file without Vorbis, Opus or FLAC audio', `OggS${'\0'.repeat(22)}\x01\x08fishead.`],
    ['a Git LFS pointer, not the recording itself', 'version https://git-lfs.github.com/spec/v1\noid sha256:0'],
    ['no format known here', '\x01\x02\x03\x04\x05\x06\x07\x08'],
  ];
  for (const [what, content] of strangers) {
    it(`names ${what} for what it is`, async () => {
      expect(await refusalOf(() => decodeAudio(latin1(content), 'a.wav'))).to.equal(`not a recording but ${what}`);
    });
  }

  it('reads a file without samples as one without samples', async () => {
    expect(await decodeAudio(wav16([]), 'a.wav')).to.include({ frames: 0, totalFrames: 0, missingFrames: 0 });
  });
});
