import { expect } from 'chai';
import { expectClose, golden } from './golden.js';
import { analyse } from './oracle/librosa195.js';
import { signal } from './signals.js';

describe('the plain form of librosa195, step by step', () => {
  const { steps } = golden;
  const { samples } = signal('one second of speech');
  let plain: ReturnType<typeof analyse>;
  before(() => (plain = analyse(samples)));
  const kept = (frames: Float64Array[]): number[] => steps.frames.flatMap((frame) => [...frames[frame]!]);

  it('has the magnitudes of librosa.stft', () => {
    expectClose(kept(plain.magnitude), steps.magnitude.flat(), 1e-7);
  });

  it('has the mel powers of melspectrogram', () => {
    expectClose(kept(plain.mel), steps.mel.flat(), 1e-6);
  });

  it('has the coefficients of mfcc', () => {
    expectClose(
      plain.mfcc.flatMap((frame) => [...frame]),
      steps.mfcc.flat(),
      1e-6,
    );
  });

  it('has the levels of spectral_contrast', () => {
    expectClose(
      plain.contrast.flatMap((frame) => [...frame]),
      steps.contrast.flat(),
      1e-6,
    );
  });

  it('has the bins of spectral_rolloff', () => {
    expectClose(
      plain.rolloff.map((bin) => (bin * 22050) / 2048),
      steps.rolloff,
      1e-8,
    );
  });

  it('has the crossings of zero_crossing_rate', () => {
    expect(plain.crossings).to.deep.equal(steps.crossings);
  });

  it('has the votes of estimate_tuning for semitones, from the power spectrum', () => {
    expect(plain.semitoneVotes).to.deep.equal(steps.semitones.votes);
  });

  it('has the votes of estimate_tuning for thirds of a semitone, from the magnitudes', () => {
    expect(plain.thirdVotes).to.deep.equal(steps.thirds.votes);
  });

  it('has the classes of chroma_stft', () => {
    expectClose(
      plain.chroma.flatMap((frame) => [...frame]),
      steps.chroma.flat(),
      1e-6,
    );
  });

  it('has the magnitudes of cqt', () => {
    expectClose(kept(plain.constantQ), steps.constantQ.flat(), 1e-6);
  });

  it('has the classes of chroma_cqt', () => {
    expectClose(
      plain.constantQChroma.flatMap((frame) => [...frame]),
      steps.constantQChroma.flat(),
      5e-5,
    );
  });

  it('has the centroids of tonnetz', () => {
    expectClose(
      plain.tonnetz.flatMap((frame) => [...frame]),
      steps.tonnetz.flat(),
      1e-5,
    );
  });
});
