import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inspectAudio } from '../../../core/audio/inspectAudio.js';
import { EMOTIONS } from '../../../core/contracts/emotions.js';
import { openDemo } from '../../../core/corpora/demo/demoSource.js';
import { recogniseName } from '../../../core/corpora/grammars.js';
import { readEntry } from '../../../core/corpora/readEntry.js';
import type { SourceEntry } from '../../../core/corpora/source.js';

/** One file of each corpus, whose bytes must never change: a change is a new demo corpus. */
const GOLDEN: Record<string, string> = {
  'demo/CREMA-D/1002_IEO_ANG_XX.wav': '448783d30cdb414a75ad854073b43e85c719cddf57168fd7e84b8d37e0e71403',
  'demo/RAVDESS/Actor_02/03-01-02-01-01-01-02.wav': '5c5cc79020937c6892eaaccea6541f8c831ad82aef385941e8cfd01a4071b899',
  'demo/SAVEE/DC_su01.wav': 'd9c3b6f6973c286a3eeb0de5a6308eec7579de76a4d01ac4d059d529462b2a14',
  'demo/TESS/OAF_bean_sad.wav': '17bab95118e5bfe679d9746bad8b0688e22a0749951e809fccb62f3a872c7ae0',
};

function tally(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe('the demo corpus', () => {
  const entries: SourceEntry[] = [];
  before(() => {
    entries.push(...openDemo().entries);
  });
  const entryAt = (path: string): SourceEntry => entries.find((entry) => entry.path === path)!;

  it('holds all emotions in about the real proportions, each in files enough to be split', () => {
    const counts = tally(entries.map(({ facts }) => facts!.emotion));
    expect(Object.keys(counts).sort()).to.deep.equal([...EMOTIONS]);
    const { angry, calm, disgust, fear, happy, neutral, sad, surprise } = counts;
    expect([angry, disgust, fear, happy, sad]).to.deep.equal([98, 98, 98, 98, 98]);
    expect([neutral, surprise, calm]).to.deep.equal([86, 34, 16]);
  });

  it('has 22 speakers in the grammars of four corpora, under names of its own', () => {
    const speakers = new Map(entries.map(({ facts }) => [facts!.speaker, facts!.corpus]));
    expect(tally(speakers.values())).to.deep.equal({
      'Demo-CREMA-D': 8,
      'Demo-RAVDESS': 8,
      'Demo-TESS': 2,
      'Demo-SAVEE': 4,
    });
    for (const { path, facts } of entries) {
      const { corpus, speaker, ...rest } = recogniseName(path)!;
      expect(facts).to.deep.equal({ corpus: `Demo-${corpus}`, speaker: `Demo-${speaker}`, ...rest });
    }
  });

  it('is made of recordings of 1 to 3.2 s at the corpora’s own rates, of the size that was promised', async () => {
    const rates = { 'Demo-CREMA-D': 16_000, 'Demo-RAVDESS': 48_000, 'Demo-TESS': 24_414, 'Demo-SAVEE': 44_100 };
    for (const entry of entries.filter((_, index) => index % 13 === 0)) {
      const bytes = await readEntry(entry);
      expect(bytes.length).to.equal(entry.sizeBytes);
      const { sampleRate, channels, durationSeconds, peak, clippedShare } = await inspectAudio(bytes, entry.path);
      expect(sampleRate).to.equal(rates[entry.facts!.corpus as keyof typeof rates]);
      expect(channels).to.equal(1);
      expect(durationSeconds, entry.path).to.be.within(1, 3.2);
      expect(peak).to.be.above(0.02);
      expect(clippedShare).to.be.below(0.01);
    }
  });

  it('starts the samples of RAVDESS at byte 4,096, as the real one does', async () => {
    const bytes = Buffer.from(await readEntry(entryAt('demo/RAVDESS/Actor_02/03-01-02-01-01-01-02.wav')));
    expect(bytes.toString('latin1', 36, 40)).to.equal('FLLR');
    expect(bytes.toString('latin1', 4088, 4092)).to.equal('data');
    expect(bytes.toString('latin1', 4096 + bytes.readUInt32LE(4092)).slice(0, 4)).to.equal('LIST');
  });

  it('is the same to the bit everywhere, whichever file is read first', async () => {
    const hashes: Record<string, string> = {};
    for (const path of Object.keys(GOLDEN).reverse()) {
      hashes[path] = createHash('sha256')
        .update(await readEntry(entryAt(path)))
        .digest('hex');
    }
    expect(hashes).to.deep.equal(GOLDEN);
  });

  it('can be learnt from three plain measures well above chance, but not without error', async () => {
    const samples = await Promise.all(
      entries
        .filter(({ facts }) => facts!.corpus === 'Demo-CREMA-D')
        .map(async (entry) => ({
          emotion: entry.facts!.emotion,
          measures: measure(Buffer.from(await readEntry(entry))),
        })),
    );
    const accuracy = leaveOneOut(samples);
    expect(accuracy).to.be.within(0.3, 0.8);
  });
});

type Sample = { emotion: string; measures: number[] };

/** Level, zero crossings and length, each so that differences count alike. */
function measure(wav: Buffer): number[] {
  let energy = 0;
  let crossings = 0;
  const count = (wav.length - 44) / 2;
  let previous = 0;
  for (let n = 0; n < count; n++) {
    const value = wav.readInt16LE(44 + 2 * n);
    energy += value * value;
    if (value < 0 !== previous < 0) crossings += 1;
    previous = value;
  }
  return [Math.log(energy / count), Math.log(crossings / count), Math.log(count)];
}

/** Share of the samples that lie nearest to the mean of their own class, made without them. */
function leaveOneOut(samples: readonly Sample[]): number {
  const deviations = [0, 1, 2].map((index) => deviation(samples.map(({ measures }) => measures[index]!)));
  const right = samples.filter((sample) => {
    const distances = [...new Set(samples.map(({ emotion }) => emotion))].map((emotion) => {
      const others = samples.filter((other) => other !== sample && other.emotion === emotion);
      const squares = deviations.map((scale, index) => {
        const mean = others.reduce((sum, { measures }) => sum + measures[index]!, 0) / others.length;
        return ((sample.measures[index]! - mean) / scale) ** 2;
      });
      return { emotion, distance: squares.reduce((sum, square) => sum + square, 0) };
    });
    distances.sort((a, b) => a.distance - b.distance);
    return distances[0]!.emotion === sample.emotion;
  });
  return right.length / samples.length;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
