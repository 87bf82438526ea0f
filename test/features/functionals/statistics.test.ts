import { expect } from 'chai';
import fc from 'fast-check';
import {
  CONTOUR_FUNCTIONALS,
  createSummariser,
  VOICE_FUNCTIONALS,
  type FrameSets,
} from '../../../core/features/functionals/statistics.js';

const frameSet = (...frames: number[]): Uint32Array => Uint32Array.from(frames);

function summary(contour: number[], sets: Partial<FrameSets>, kind: 'ofContour' | 'ofVoice' = 'ofContour') {
  const all = frameSet(...contour.keys());
  const summarise = createSummariser(contour.length, { active: all, voiced: frameSet(), unvoiced: all, ...sets });
  const names = kind === 'ofContour' ? CONTOUR_FUNCTIONALS : VOICE_FUNCTIONALS;
  const sink = { vector: new Float64Array(names.length), length: 0 };
  summarise[kind](Float32Array.from(contour), sink);
  expect(sink.length).to.equal(names.length);
  return Object.fromEntries(names.map((name, i) => [name, sink.vector[i]!]));
}

describe('functionals of a contour', () => {
  it('are its moments and percentiles', () => {
    const found = summary([4, 0, 8, 2, 6], {});
    expect(found).to.include({ mean: 4, p50: 4, skewness: 0 });
    expect(found['sd']).to.be.closeTo(Math.sqrt(8), 1e-12);
    expect(found['p5']).to.be.closeTo(0.4, 1e-6);
    expect(found['p20']).to.be.closeTo(1.6, 1e-6);
    expect(found['p80']).to.be.closeTo(6.4, 1e-6);
    expect(found['p95']).to.be.closeTo(7.6, 1e-6);
  });

  it('tell a long upper tail by a positive skewness', () => {
    expect(summary([0, 0, 0, 0, 5], {})['skewness']).to.be.closeTo(1.5, 1e-6);
  });

  it('leave silent frames out of distributions', () => {
    expect(summary([1, -90, 3, -90], { active: frameSet(0, 2) })).to.include({ mean: 2, sd: 1 });
  });

  it('take the slope of a ramp as its delta, but at the ends', () => {
    const found = summary([0, 2, 4, 6, 8, 10, 12], { active: frameSet(2, 3, 4) });
    expect(found).to.include({ delta_sd: 0, delta_p5: 2, delta_p95: 2 });
  });

  it('take trends of a falling ramp for 4 / pi^2 of its fall, odd ones alone', () => {
    const frames = 400;
    const ramp = Array.from({ length: frames }, (_, i) => 10 - (10 * (i + 0.5)) / frames);
    const found = summary(ramp, {});
    expect(found['trend_1']).to.be.closeTo(40 / Math.PI ** 2, 1e-3);
    expect(found['trend_2']).to.be.closeTo(0, 1e-6);
    expect(found['trend_3']).to.be.closeTo(40 / (9 * Math.PI ** 2), 1e-3);
  });

  it('know voiced frames from the others', () => {
    const found = summary([1, 5, 7, 3], { voiced: frameSet(1, 2), unvoiced: frameSet(0, 3) });
    expect(found).to.include({ voiced_mean: 6, voiced_sd: 1, unvoiced_mean: 2 });
  });

  it('take the mean of all for that of unvoiced frames when there are none', () => {
    expect(summary([1, 5], { unvoiced: frameSet() })).to.include({ unvoiced_mean: 3 });
  });

  it('are all finite and unmoved by an offset where they should be', () => {
    const contours = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(contours, fc.integer({ min: -64, max: 64 }), (contour, offset) => {
        const here = summary(contour, {});
        const there = summary(
          contour.map((value) => value + offset),
          {},
        );
        for (const name of CONTOUR_FUNCTIONALS) {
          if (name.startsWith('voiced') || name.startsWith('trend')) continue;
          const moves = /^(mean|p\d+|unvoiced_mean)$/.test(name);
          expect(there[name], name).to.be.closeTo(here[name]! + (moves ? offset : 0), 1e-4);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('functionals of a voice', () => {
  it('see voiced frames only', () => {
    const found = summary([0, 4, 6, 0, 8], { voiced: frameSet(1, 2, 4) }, 'ofVoice');
    expect(found).to.include({ mean: 6, p50: 6 });
  });

  it('take steps between neighbours alone', () => {
    const found = summary([3, 4, 6, 0, 0, 100], { voiced: frameSet(0, 1, 2, 5) }, 'ofVoice');
    expect(found['delta_p5']).to.be.closeTo(1.05, 1e-6);
    expect(found['delta_p95']).to.be.closeTo(1.95, 1e-6);
  });

  it('bridge gaps by straight lines for trends', () => {
    const whole = [5, 4, 3, 2, 1, 0];
    const all = summary(whole, { voiced: frameSet(0, 1, 2, 3, 4, 5) }, 'ofVoice');
    const gap = summary([5, 4, 0, 0, 1, 0], { voiced: frameSet(0, 1, 4, 5) }, 'ofVoice');
    for (const name of ['trend_1', 'trend_2', 'trend_3', 'trend_4']) expect(gap[name]).to.be.closeTo(all[name]!, 1e-6);
  });

  it('are 0 where there is none', () => {
    expect(Object.values(summary([1, 2, 3], {}, 'ofVoice')).every((value) => value === 0)).to.equal(true);
  });
});
