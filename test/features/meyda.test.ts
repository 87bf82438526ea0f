import { expect } from 'chai';
import meydaModule from 'meyda';
import { SerError } from '../../core/contracts/errors.js';
import { meydaSet } from '../../core/features/meyda.js';
import { signal } from './signals.js';

const meyda = meydaModule as unknown as typeof meydaModule.default;
const extract = meydaSet.createExtractor();

const value = (vector: Float64Array, column: string): number => vector[meydaSet.columns.indexOf(column)]!;

function sine(hz: number, amplitude: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 22050));
}

describe('meyda', () => {
  it('has the means and deviations of what Meyda gives when called directly', () => {
    const { samples } = signal('one second of speech');
    const vector = extract(samples);
    Object.assign(meyda, { bufferSize: 2048, sampleRate: 22050, numberOfMFCCCoefficients: 13, melBands: 26 });
    const frames = Array.from({ length: 1 + Math.floor((samples.length - 2048) / 512) }, (_, i) => {
      const frame = samples.slice(i * 512, i * 512 + 2048);
      meyda.windowingFunction = 'rect';
      const { rms, zcr } = meyda.extract(['rms', 'zcr'], frame)!;
      meyda.windowingFunction = 'hanning';
      const rest = meyda.extract(['spectralCentroid', 'spectralFlatness', 'loudness', 'mfcc'], frame)!;
      return { rms, zcr, ...rest, loudness: rest.loudness!.total, mfcc_5: rest.mfcc![5] } as unknown as Record<
        string,
        number
      >;
    });
    for (const name of ['rms', 'zcr', 'spectralCentroid', 'spectralFlatness', 'loudness', 'mfcc_5']) {
      const values = frames.map((frame) => frame[name]!);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      expect(value(vector, `${name}_mean`), name).to.be.closeTo(mean, 1e-9 * Math.abs(mean));
      expect(value(vector, `${name}_sd`), name).to.be.closeTo(Math.sqrt(variance), 1e-9 * Math.abs(mean));
    }
  });

  it('has the root mean square, energy and crossings that a sine must have', () => {
    const hz = (100 * 22050) / 2048;
    const vector = extract(sine(hz, 0.5, 2048 + 3 * 512));
    expect(value(vector, 'rms_mean')).to.be.closeTo(0.5 / Math.SQRT2, 1e-6);
    expect(value(vector, 'energy_mean')).to.be.closeTo(2048 * 0.125, 1e-3);
    expect(value(vector, 'zcr_mean')).to.be.closeTo(200, 1);
    expect(value(vector, 'rms_sd')).to.be.closeTo(0, 1e-6);
  });

  it('puts the centroid of a sine at its bin', () => {
    const vector = extract(sine((100 * 22050) / 2048, 0.5, 4096));
    expect(value(vector, 'spectralCentroid_mean')).to.be.closeTo(100, 0.1);
  });

  it('gives a click a flat spectrum: crest and flatness 1', () => {
    const samples = new Float32Array(2048);
    samples[1024] = 0.5;
    const vector = extract(samples);
    expect(value(vector, 'spectralFlatness_mean')).to.be.closeTo(1, 1e-6);
    expect(value(vector, 'spectralCrest_mean')).to.be.closeTo(1, 1e-6);
  });

  it('is not moved by what others set on Meyda, at whatever rate', () => {
    const { samples } = signal('300 samples');
    const before = extract(samples);
    Object.assign(meyda, { bufferSize: 512, sampleRate: 8000, melBands: 40, windowingFunction: 'sine' });
    meyda.extract(['mfcc', 'loudness'], samples.slice(0, 256));
    Object.assign(meyda, { bufferSize: 2048 });
    meyda.extract(['mfcc', 'loudness'], new Float32Array(2048).fill(0.1));
    expect(extract(samples)).to.deep.equal(before);
    expect(meydaSet.createExtractor()(samples)).to.deep.equal(before);
  });

  it('leaves silent frames out of what they leave undefined', () => {
    const tone = sine(1000, 0.5, 2048);
    const padded = new Float32Array(2048 + 8 * 512);
    padded.set(tone);
    const vector = extract(padded);
    expect(vector.every(Number.isFinite)).to.equal(true);
    expect(value(vector, 'spectralCentroid_mean')).to.be.above(50);
  });

  it('refuses nothing, digital silence and numbers that are none', () => {
    for (const samples of [new Float32Array(0), new Float32Array(5000), Float32Array.of(NaN)]) {
      expect(() => extract(samples))
        .to.throw(SerError)
        .with.property('kind', 'BadInput');
    }
  });
});
