import { expect } from 'chai';
import fc from 'fast-check';
import { createResampler, resample, resampledLength } from '../../core/audio/resample.js';
import { planStages } from '../../core/audio/resamplerPlan.js';
import { golden, unpacked } from './golden.js';
import { asFloat, noise, relativeError, testSignal } from './signals.js';
import { inputNeeded, runStage } from './stageReference.js';

/** Single-precision rounding makes 2 to 3e-7. */
const TOLERANCE = 1e-6;
const RATES = [8000, 11025, 16000, 24414, 32000, 44100, 48000, 96000];
/** Rates whose stages add and multiply in libsoxr's order; half-band filters and a few rarer ratios do not. */
const EXACT = [2, 8000, 11025, 16000, 24414, 32000, 44100, 48000];

/** The whole conversion by the plain form of each stage. */
function resampleByDefinition(samples: Float32Array, from: number, to: number, count: number): Float64Array {
  const stages = planStages(from / to);
  const counts = [count];
  for (const stage of stages.slice(1).reverse()) counts.unshift(inputNeeded(stage, counts[0]!));
  let signal: Float64Array = Float64Array.from(samples);
  stages.forEach((stage, i) => (signal = runStage(stage, signal, counts[i]!)));
  return signal;
}

describe('resample', () => {
  for (const { length, from, to, values } of golden.resampled) {
    it(`equals librosa's soxr_hq for ${length} samples from ${from} to ${to} Hz`, () => {
      const expected = unpacked(values);
      const actual = resample(asFloat(testSignal(length)), from, to);
      expect(actual.length).to.equal(expected.length);
      expect(relativeError(actual, expected)).to.be.below(TOLERANCE);
      if (EXACT.includes(from)) expect(actual, 'to the bit').to.deep.equal(expected);
    });
  }

  const pairs = [
    ...[...RATES, 192000, 37800, 4000].map((from) => [from, 22050] as const),
    ...[22050, 32000, 44100, 48000].map((from) => [from, 16000] as const),
  ];
  for (const [from, to] of pairs) {
    it(`equals the plain form of its stages from ${from} to ${to} Hz, over several blocks`, () => {
      const samples = asFloat(noise(9000));
      const actual = resample(samples, from, to);
      const expected = resampleByDefinition(samples, from, to, actual.length - 1);
      expect(relativeError(actual, expected)).to.be.below(TOLERANCE);
    });
  }

  it('returns the very samples when the rates are equal', () => {
    const samples = asFloat(noise(10));
    expect(resample(samples, 22050, 22050)).to.equal(samples);
  });

  it('builds a plan once', () => {
    expect(createResampler(48000, 22050)).to.equal(createResampler(48000, 22050));
  });

  it('gives the same result whatever was converted before', () => {
    const toHalf = createResampler(44100, 22050);
    const samples = asFloat(noise(5000, 3));
    const first = toHalf(samples);
    toHalf(asFloat(noise(100000)));
    expect(toHalf(samples)).to.deep.equal(first);
  });

  it('does not hand out its scratch memory', () => {
    const toHalf = createResampler(2, 1);
    const first = toHalf(asFloat(noise(100)));
    const copy = first.slice();
    toHalf(asFloat(noise(100, 7)));
    expect(first).to.deep.equal(copy);
  });

  for (const rate of RATES) {
    it(`keeps digital silence exact from ${rate} Hz, also between two sounds`, () => {
      expect(resample(new Float32Array(rate), rate, 22050).every((sample) => sample === 0)).to.equal(true);
      const gap = new Float32Array(2 * rate);
      gap.set(asFloat(noise(1000)));
      gap.set(asFloat(noise(1000)), gap.length - 1000);
      const middle = resample(gap, rate, 22050).subarray(22050 / 2, (3 * 22050) / 2);
      expect(middle.every((sample) => sample === 0)).to.equal(true);
    });
  }

  it('returns as many samples as cover the time of its input', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RATES), fc.integer({ min: 0, max: 3000 }), (rate, length) => {
        const expected = Math.ceil(length * (22050 / rate));
        expect(resampledLength(length, rate, 22050)).to.equal(expected);
        expect(resample(new Float32Array(length), rate, 22050).length).to.equal(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('is linear', () => {
    const samples = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(...RATES), samples, samples, (rate, a, b) => {
        const sum = Float32Array.from(a, (sample, i) => sample + (b[i] ?? 0));
        const other = Float32Array.from(a, (_, i) => b[i] ?? 0);
        const [ofSum, ofA, ofB] = [sum, Float32Array.from(a), other].map((signal) => resample(signal, rate, 22050));
        ofSum!.forEach((sample, i) => expect(sample).to.be.closeTo(ofA![i]! + ofB![i]!, 2e-6));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps a tone of the pass band and its level', () => {
    for (const rate of RATES) {
      const tone = (sampleRate: number, length: number): Float32Array =>
        Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / sampleRate));
      const actual = resample(tone(rate, rate), rate, 22050).subarray(2205, 19845);
      const expected = tone(22050, 22050).subarray(2205, 19845);
      expect(relativeError(actual, expected), `${rate} Hz`).to.be.below(2e-6);
    }
  });

  it('removes what lies above the lower Nyquist frequency', () => {
    const tone = Float32Array.from({ length: 48000 }, (_, i) => Math.sin((2 * Math.PI * 12000 * i) / 48000));
    const inside = resample(tone, 48000, 22050).subarray(2205, 19845);
    expect(Math.max(...inside.map(Math.abs))).to.be.below(2e-6);
  });
});
