import { expect } from 'chai';
import { createAudioLoader, loadAudio } from '../../core/audio/loadAudio.js';
import { wav16 } from './files.js';
import { golden, unpacked } from './golden.js';
import { refusalOf } from './rejection.js';
import { relativeError, testSignal } from './signals.js';

describe('loadAudio', () => {
  const { length, rate, seconds, values } = golden.loaded;
  const left = testSignal(length);
  const interleaved = [...left].flatMap((sample, i) => [sample, left[length - 1 - i]!]);

  it('equals librosa.load of the beginning of a recording of two channels', async () => {
    const options = { sampleRate: 22050, maxSeconds: seconds };
    const actual = await loadAudio(wav16(interleaved, 2, rate), 'a.wav', options);
    const expected = unpacked(values);
    expect(actual.length).to.equal(expected.length);
    expect(relativeError(actual, expected)).to.be.below(1e-6);
  });

  it('reads all of a recording without a limit', async () => {
    const actual = await loadAudio(wav16(interleaved, 2, rate), 'a.wav', { sampleRate: 22050 });
    expect(actual.length).to.equal(Math.ceil((length * 22050) / rate));
  });

  it('gives the same samples in memory that other recordings were in before', async () => {
    const options = { sampleRate: 22050, maxSeconds: seconds };
    const load = createAudioLoader(options);
    const files = [
      wav16([...left], 1, 22050),
      wav16(interleaved, 2, rate),
      wav16([...left].reverse(), 1, 16000),
      wav16([0.5], 1, 48000),
      wav16([...left], 1, 44100),
      wav16([], 1, 8000),
    ];
    for (const bytes of [...files, ...files.reverse()]) {
      expect(await load(bytes, 'a.wav')).to.deep.equal(await loadAudio(bytes, 'a.wav', options));
    }
  });

  it('refuses what is no recording', async () => {
    expect(await refusalOf(() => loadAudio(Uint8Array.of(65, 66, 67), 'a.wav', { sampleRate: 22050 }))).to.match(
      /a text file/,
    );
  });
});
