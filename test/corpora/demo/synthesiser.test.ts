import { expect } from 'chai';
import { planUtterance } from '../../../core/corpora/demo/plan.js';
import { createResonator, resonate, tune } from '../../../core/corpora/demo/resonator.js';
import { scoreOf } from '../../../core/corpora/demo/score.js';
import { type DemoUtterance, demoUtterances } from '../../../core/corpora/demo/script.js';
import { synthesise } from '../../../core/corpora/demo/synthesiser.js';

const FRAME_SECONDS = 1 / 200;

function utterance(path: string): DemoUtterance {
  return demoUtterances().find((candidate) => candidate.path === path)!;
}

/** The lag, in samples, at which a stretch resembles itself most. */
function period(samples: Float64Array, start: number, length: number, shortest: number, longest: number): number {
  let best = { lag: 0, likeness: -Infinity };
  for (let lag = shortest; lag <= longest; lag++) {
    let likeness = 0;
    for (let n = start; n < start + length; n++) likeness += samples[n]! * samples[n + lag]!;
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best.lag;
}

describe('the synthesiser', () => {
  it('speaks at the pitch of its score', () => {
    const spoken = utterance('demo/SAVEE/DC_n01.wav');
    const plan = planUtterance(spoken);
    const samples = synthesise(plan, spoken);
    const { sampleRate } = spoken.style;
    const { pitch } = scoreOf(plan);
    for (const { start, onsetFrames, vowelFrames } of plan.syllables) {
      const middle = start + onsetFrames + (vowelFrames >> 1);
      const expected = sampleRate / pitch[middle]!;
      const first = Math.floor(middle * FRAME_SECONDS * sampleRate - expected);
      const lag = period(samples, first, Math.round(expected), Math.round(0.7 * expected), Math.round(1.4 * expected));
      expect(lag / expected).to.be.within(0.93, 1.07);
    }
  });

  it('says the same words with the same vowels in another emotion and another voice', () => {
    const written = ['demo/CREMA-D/1001_IEO_SAD_XX.wav', 'demo/CREMA-D/1002_IEO_ANG_XX.wav'].map((path) =>
      planUtterance(utterance(path)).syllables.map(({ vowel, onset }) => [onset, ...vowel]),
    );
    expect(written[0]).to.deep.equal(written[1]);
  });

  it('does not let the words give the emotion away, though SAVEE numbers them by emotion', () => {
    const texts = demoUtterances()
      .filter(({ path }) => /SAVEE\/DC_[a-z]+01/.test(path))
      .map(({ text }) => text);
    expect(texts).to.have.length(7);
    expect(new Set(texts).size).to.equal(1);
  });
});

describe('a resonator', () => {
  it('answers an impulse by a damped sine of its weight, and goes on over the edge of a block', () => {
    const [centre, bandwidth, sampleRate] = [500, 80, 16_000];
    const resonator = createResonator(0.25);
    tune(resonator, centre, bandwidth, sampleRate);
    const output = new Float64Array(300);
    const impulse = new Float64Array(100).fill(1, 0, 1);
    resonate(resonator, impulse, output.subarray(0, 100));
    resonate(resonator, new Float64Array(200), output.subarray(100));
    for (const [n, value] of output.entries()) {
      const expected =
        0.25 *
        Math.exp((-Math.PI * bandwidth * n) / sampleRate) *
        Math.sin((2 * Math.PI * centre * (n + 1)) / sampleRate);
      expect(value).to.be.closeTo(expected, 1e-12);
    }
  });
});
