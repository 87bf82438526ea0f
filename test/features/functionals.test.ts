import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';
import { functionals } from '../../core/features/functionals.js';
import { signal } from './signals.js';

const RATE = 16000;
const extract = functionals.createExtractor();

const over = (seconds: number, formula: (t: number) => number): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) => formula(i / RATE));

/** Twelve harmonics that fall by 6 dB an octave; `phase` in periods. */
const voice = (phase: number): number =>
  Array.from({ length: 12 }, (_, i) => Math.sin(2 * Math.PI * (i + 1) * phase) / (i + 1)).reduce((a, b) => a + b, 0) /
  3;

function noise(count: number): Float32Array {
  let state = 1;
  return new Float32Array(count).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function named(samples: Float32Array): Record<string, number> {
  const vector = extract(samples);
  return Object.fromEntries(functionals.columns.map((column, i) => [column, vector[i]!]));
}

describe('functionals', () => {
  for (const hz of [70, 110, 187, 263, 440, 580]) {
    it(`hear a voice of ${hz} Hz at its pitch, to a twentieth of a semitone`, () => {
      const found = named(over(1, (t) => voice(hz * t)));
      expect(found['pitch:p50']).to.be.closeTo(12 * Math.log2(hz / 55), 0.05);
      expect(found['pitch:sd']).to.be.below(0.05);
      expect(found['rhythm:voiced_share']).to.be.above(0.98);
      expect(found['harmonicity:p50']).to.be.above(15);
    });
  }

  it('hear no voice in noise', () => {
    const found = named(noise(2 * RATE));
    expect(found['rhythm:voiced_share']).to.be.below(0.05);
    expect(found['periodicity:mean']).to.be.below(0.4);
  });

  it('follow a voice that falls by an octave', () => {
    // 220 Hz falling evenly in semitones: the phase is the integral of 220 * 2^-t.
    const found = named(over(1, (t) => voice((220 * (1 - 2 ** -t)) / Math.LN2)));
    expect(found['pitch:p50']).to.be.closeTo(24 - 6, 0.2);
    expect(found['pitch:trend_1']).to.be.closeTo((4 * 12) / Math.PI ** 2, 0.25);
    expect(found['pitch:delta_p5']).to.be.closeTo(-0.12, 0.02);
  });

  it('measure the harmonics of a voice against the first', () => {
    const found = named(over(1, (t) => voice(200 * t)));
    expect(found['h1h2:p50']).to.be.closeTo(20 * Math.log10(2), 0.5);
    expect(found['h1h3:p50']).to.be.closeTo(20 * Math.log10(3), 0.5);
  });

  it('count syllables, pauses and their time', () => {
    const beat = (t: number): number => (t < 0.5 || t > 2.5 ? 0 : Math.max(0, Math.sin(2 * Math.PI * 2 * (t - 0.5))));
    const found = named(over(3, (t) => beat(t) * voice(150 * t)));
    expect(found['rhythm:duration']).to.be.closeTo(1.75, 0.07);
    expect(found['rhythm:peak_rate']).to.be.closeTo(4 / 1.75, 0.15);
    expect(found['rhythm:pause_rate']).to.be.closeTo(3 / 1.75, 0.15);
    const bands = ['0_2', '2_4', '4_6', '6_9', '9_14', '14_20'].map((band) => found[`rhythm:modulation_${band}`]!);
    expect(bands.indexOf(Math.max(...bands)), 'two hertz lie in the first band').to.equal(0);
    expect(bands.reduce((sum, share) => sum + 10 ** share, 0)).to.be.closeTo(1, 1e-9);
  });

  it('are the same at any gain: to the bit for a power of two, else but for rounding', () => {
    const { samples } = signal('one second of speech');
    const plain = extract(samples);
    expect(extract(samples.map((sample) => sample * 2 ** -9))).to.deep.equal(plain);
    extract(samples.map((sample) => sample * 0.3)).forEach((value, i) => {
      expect(value, functionals.columns[i]).to.be.closeTo(plain[i]!, 0.02 + 1e-3 * Math.abs(plain[i]!));
    });
  });

  it('are the same however long the silence around a sound is', () => {
    const { samples } = signal('one second of speech');
    const within = (before: number, behind: number): Float32Array => {
      const whole = new Float32Array(before + samples.length + behind);
      whole.set(samples, before);
      return whole;
    };
    expect(extract(within(32000, 12345))).to.deep.equal(extract(within(8000, 4000)));
  });

  it('give the same bits whatever was extracted before, and by which instance', () => {
    const names = ['speech', '300 samples', 'noise', 'one sample', 'chirp'];
    const alone = new Map(names.map((name) => [name, functionals.createExtractor()(signal(name).samples)]));
    for (const name of [...names, ...names.toReversed()]) {
      expect(extract(signal(name).samples), name).to.deep.equal(alone.get(name));
    }
  });

  it('leave the samples they were given alone', () => {
    const { samples } = signal('2,049 samples');
    const before = samples.slice();
    extract(samples);
    expect(samples).to.deep.equal(before);
  });

  it('look at the first ten seconds only', () => {
    const samples = noise(11 * RATE);
    expect(extract(samples)).to.deep.equal(extract(samples.subarray(0, 10 * RATE)));
  });

  it('are finite for the shortest, the loudest, the quietest and the most monotonous', () => {
    const cases = ['one sample', '300 samples', 'direct current', 'clicks', 'clipped'].map(
      (name) => signal(name).samples,
    );
    const { samples } = signal('2,049 samples');
    const scaled = [1e12, 1e-12, 1e-30, 1e-40].map((gain) => samples.map((sample) => sample * gain));
    for (const [index, each] of [...cases, ...scaled].entries()) {
      expect(
        extract(each).findIndex((value) => !Number.isFinite(value)),
        `case ${index}`,
      ).to.equal(-1);
    }
  });

  for (const [what, samples] of [
    ['nothing', new Float32Array(0)],
    ['digital silence', new Float32Array(RATE)],
    ['a sample that is not a number', Float32Array.of(0.1, NaN, 0.2)],
    ['an infinite sample', Float32Array.of(0.1, 0.2, 0.3, 0.4, -Infinity)],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(() => extract(samples))
        .to.throw(SerError)
        .with.property('kind', 'BadInput');
    });
  }
});
