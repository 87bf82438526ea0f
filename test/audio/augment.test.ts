import { expect } from 'chai';
import { augmentSamples } from '../../core/audio/augment.js';
import { seededRandom } from '../../core/audio/seededRandom.js';
import { timeStretch } from '../../core/audio/timeStretch.js';
import { asFloat, noise } from './signals.js';

const RATE = 22_050;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

function sine(hertz: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: seconds * RATE },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / RATE),
  );
}

/** A hum of a falling voice: harmonics of a pitch that goes down, louder and softer. */
function hum(seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: seconds * RATE }, (_, index) => {
    phase += (2 * Math.PI * (180 - (40 * index) / RATE)) / RATE;
    const loudness = 0.3 + 0.2 * Math.sin((2 * Math.PI * 3 * index) / RATE);
    return loudness * (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase));
  });
}

function energyOf(samples: Float32Array): number {
  return samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
}

/** By the times the signal rises through zero, edges left out. */
function hertzOf(samples: Float32Array): number {
  const middle = samples.subarray(RATE / 10, samples.length - RATE / 10);
  const rises: number[] = [];
  for (let index = 1; index < middle.length; index++) {
    const [before, after] = [middle[index - 1]!, middle[index]!];
    if (before < 0 && after >= 0) rises.push(index - after / (after - before));
  }
  return ((rises.length - 1) * RATE) / (rises.at(-1)! - rises[0]!);
}

describe('stretching time', () => {
  for (const rate of [0.8, 0.93, 1.07, 1.3]) {
    it(`by ${rate} changes the length, and neither pitch nor level`, () => {
      const tone = sine(220, 2);
      const stretched = timeStretch(tone, RATE, rate);
      expect(stretched.length).to.equal(Math.round(tone.length / rate));
      expect(hertzOf(stretched)).to.be.closeTo(220, 1);
      expect(energyOf(stretched) / energyOf(tone)).to.be.closeTo(1, 0.02);
      for (const signal of [hum(2), asFloat(noise(2 * RATE))]) {
        expect(energyOf(timeStretch(signal, RATE, rate)) / energyOf(signal)).to.be.closeTo(1, 0.1);
      }
    });
  }

  it('by 1 changes nothing', () => {
    for (const signal of [hum(1), asFloat(noise(RATE))]) {
      expect(timeStretch(signal, RATE, 1)).to.deep.equal(signal);
    }
  });

  it('moves what happens to when it should', () => {
    const signal = new Float32Array(2 * RATE);
    signal.set(sine(300, 0.2), RATE);
    const stretched = timeStretch(signal, RATE, 0.8);
    const first = stretched.findIndex((value) => Math.abs(value) > 0.1);
    expect(first / RATE).to.be.closeTo(1 / 0.8, 0.03);
  });

  it('takes recordings shorter than a segment, and silence', () => {
    expect(timeStretch(sine(200, 0.01), RATE, 0.9)).to.have.length(244);
    expect(energyOf(timeStretch(new Float32Array(RATE), RATE, 1.1))).to.equal(0);
  });
});

describe('an altered copy', () => {
  it('has noise as far below the recording as was asked for', () => {
    const tone = sine(220, 2);
    const noisy = augmentSamples(tone, RATE, { kind: 'noise', amount: 20 }, 'a');
    const added = noisy.map((value, index) => value - tone[index]!);
    expect(10 * Math.log10(energyOf(tone) / energyOf(added))).to.be.closeTo(20, 0.2);
    expect(Math.abs(added.reduce((sum, value) => sum + value, 0) / added.length)).to.be.below(1e-3);
  });

  it('is louder or softer by no more than was asked for', () => {
    const tone = sine(220, 0.5);
    const gains = NAMES.map((name) => {
      const copy = augmentSamples(tone, RATE, { kind: 'gain', amount: 6 }, name);
      return 10 * Math.log10(energyOf(copy) / energyOf(tone));
    });
    for (const gain of gains) expect(Math.abs(gain)).to.be.at.most(6);
    expect(Math.max(...gains) - Math.min(...gains)).to.be.above(3);
  });

  it('is higher or lower by what its name draws, at the same length', () => {
    const tone = sine(220, 2);
    for (const name of NAMES) {
      const semitones = 2 * seededRandom(`${name} pitch 2`).signed();
      const copy = augmentSamples(tone, RATE, { kind: 'pitch', amount: 2 }, name);
      expect(copy.length).to.be.closeTo(tone.length, 1);
      expect(12 * Math.log2(hertzOf(copy) / 220)).to.be.closeTo(semitones, 0.1);
    }
  });

  it('is the same every time, another one for another recording, and leaves the recording as it is', () => {
    const tone = hum(0.5);
    const before = tone.slice();
    for (const kind of ['noise', 'pitch', 'stretch', 'gain'] as const) {
      const amount = kind === 'stretch' ? 0.1 : 3;
      const copies = NAMES.map((name) => augmentSamples(tone, RATE, { kind, amount }, name));
      expect(augmentSamples(tone, RATE, { kind, amount }, 'a'), kind).to.deep.equal(copies[0]);
      expect(copies[1], kind).not.to.deep.equal(copies[0]);
      for (const copy of copies) expect(copy.every(Number.isFinite), kind).to.equal(true);
    }
    expect(tone).to.deep.equal(before);
  });
});
