import { expect } from 'chai';
import { planStages, type Stage } from '../../core/audio/resamplerPlan.js';

/** What identifies a stage: kind, ratio and the number of taps. */
const summary = (stage: Stage): string =>
  stage.kind === 'interpolated'
    ? `interpolated ${(stage.step / 2 ** 32).toFixed(5)}, ${2 ** stage.phaseBits} phases, order ${stage.order}`
    : `${stage.kind} ${stage.up}/${stage.down}, ${stage.taps.length} taps`;

/** As libsoxr's own trace reports its stages. */
const EXPECTED: [from: number, to: number, stages: string[]][] = [
  [8000, 22050, ['fir 2/1, 409 taps', 'polyphase 882/640, 13229 taps']],
  [11025, 22050, ['fir 2/1, 389 taps']],
  [16000, 22050, ['fir 2/1, 409 taps', 'polyphase 882/1280, 13229 taps']],
  [24414, 22050, ['fir 2/1, 453 taps', 'interpolated 2.21442, 128 phases, order 2']],
  [32000, 22050, ['fir 2/1, 589 taps', 'polyphase 441/1280, 5291 taps']],
  [44100, 22050, ['fir 1/2, 389 taps']],
  [48000, 22050, ['fir 1/1, 445 taps', 'polyphase 147/320, 2057 taps']],
  [96000, 22050, ['polyphase 1/2, 35 taps', 'fir 1/1, 465 taps', 'polyphase 147/320, 2057 taps']],
  [88200, 22050, ['polyphase 1/2, 31 taps', 'fir 1/2, 409 taps']],
  [37800, 22050, ['polyphase 14/12, 181 taps', 'fir 1/2, 409 taps']],
  [14700, 22050, ['fir 3/2, 581 taps']],
  [4000, 22050, ['fir 2/1, 429 taps', 'polyphase 882/1280, 13229 taps', 'fir 4/1, 129 taps']],
  [22051, 22050, ['fir 2/1, 409 taps', 'interpolated 2.00009, 128 phases, order 2']],
  [2, 1, ['fir 1/2, 389 taps']],
];

/** Gain of a symmetric filter at a frequency in cycles per tap. */
function gainAt(taps: Float64Array, frequency: number): number {
  const centre = (taps.length - 1) / 2;
  return taps.reduce((sum, tap, i) => sum + tap * Math.cos(2 * Math.PI * frequency * (i - centre)), 0);
}

describe('planStages', () => {
  for (const [from, to, stages] of EXPECTED) {
    it(`plans ${from} to ${to} as libsoxr does`, () => {
      expect(planStages(from / to).map(summary)).to.deep.equal(stages);
    });
  }

  it('covers the whole ratio', () => {
    for (const [from, to] of EXPECTED) {
      const product = planStages(from / to)
        .map((stage) => (stage.kind === 'interpolated' ? stage.step / 2 ** 32 : stage.down / stage.up))
        .reduce((a, b) => a * b);
      expect(product).to.be.closeTo(from / to, 1e-9);
    }
  });

  it('halves with a filter that passes 91 % of the band and stops the rest by 126 dB', () => {
    const [{ taps }] = planStages(2) as [Stage];
    for (let share = 0; share <= 0.91; share += 0.01) expect(gainAt(taps, share / 4)).to.be.closeTo(1, 1e-6);
    for (let share = 1; share <= 2; share += 0.01) {
      expect(Math.abs(gainAt(taps, share / 4)), `${share}`).to.be.below(10 ** (-126 / 20));
    }
  });

  it('halves very high rates with half-band filters: every second tap zero but the centre', () => {
    for (const ratio of [4, 96000 / 22050]) {
      const [{ taps }] = planStages(ratio) as [Stage];
      const centre = (taps.length - 1) / 2;
      for (let i = 2; i <= centre; i += 2) expect(taps[centre + i]).to.equal(0);
      expect(gainAt(taps, 0)).to.be.closeTo(1, 1e-6);
      expect(gainAt(taps, 0.5)).to.be.closeTo(0, 1e-6);
    }
  });
});
