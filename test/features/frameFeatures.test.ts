import { expect } from 'chai';
import { createConstantQChroma } from '../../core/features/constantQ.js';
import { BINS, CONTRAST_BANDS, createFrameFeatures, MEL_BANDS } from '../../core/features/frameFeatures.js';
import { framingOf, MAX_SAMPLES, placeSignal, reserveSignal } from '../../core/features/framing.js';
import { createWorkspace, type Address } from '../../core/features/kernels.js';
import { TUNING_EDGES } from '../../core/features/tuning.js';
import { expectClose } from './golden.js';
import { foldToClasses } from './oracle/constantQ.js';
import { analyse } from './oracle/librosa195.js';
import { fullestClass } from './oracle/pitch.js';
import { signal } from './signals.js';

/** What the kernels leave in memory, as arrays of frames, beside what the plain steps give. */
function both(name: string) {
  const { samples } = signal(name);
  const workspace = createWorkspace();
  const { kernels } = workspace;
  const address = reserveSignal(workspace, MAX_SAMPLES);
  const lanes = workspace.place(Int32Array.of(-1, -1, -1, -1));
  const edges = workspace.place(TUNING_EDGES);
  const counts = workspace.reserve(4096);
  const scratch = workspace.reserve(1 << 18);
  const frameFeatures = createFrameFeatures(workspace);
  const constantQChroma = createConstantQChroma(workspace);
  placeSignal(workspace, address, samples);
  const framing = framingOf(samples.length);
  const found = frameFeatures(address, framing, lanes, lanes, () => undefined);

  /** Rows of four lanes, batch after batch, as one array a frame. */
  const frames = (start: Address, rows: number): Float32Array[] => {
    const values = workspace.float32(start, framing.batches * rows * 4);
    return Array.from({ length: framing.frames }, (_, frame) =>
      Float32Array.from({ length: rows }, (_, row) => values[(Math.floor(frame / 4) * rows + row) * 4 + (frame % 4)]!),
    );
  };
  const votes = ({ start, end }: { start: Address; end: Address }, binsPerOctave: number): number[] => {
    kernels.tuningClass(start, end, binsPerOctave, edges, counts, scratch);
    return [...workspace.int32(counts, 100)];
  };
  return { plain: analyse(samples), found, framing, workspace, address, frames, votes, constantQChroma };
}

const flat = (frames: (Float32Array | Float64Array)[]): number[] => frames.flatMap((frame) => [...frame]);

for (const name of ['one second of speech', 'clicks', '2,049 samples']) {
  describe(`the kernels and the plain steps, on ${name}`, () => {
    let all: ReturnType<typeof both>;
    before(() => (all = both(name)));

    it('have the same power spectra but for rounding', () => {
      expectClose(flat(all.frames(all.found.power, BINS)), flat(all.plain.power), 3e-7);
    });

    it('have the same mel powers', () => {
      expectClose(flat(all.frames(all.found.mel, MEL_BANDS)), flat(all.plain.mel), 1e-6);
    });

    it('take the same valleys and peaks', () => {
      const level = (size: number): number => 10 * Math.log10(Math.max(size, 1e-10));
      const cut = (frames: Float32Array[]): Float64Array[] => {
        const levels = frames.map((frame) => Float64Array.from(frame, level));
        const floor = Math.max(...flat(levels)) - 80;
        return levels.map((frame) => frame.map((value) => Math.max(value, floor)));
      };
      expectClose(flat(cut(all.frames(all.found.valleys, CONTRAST_BANDS))), flat(all.plain.valleys), 1e-6);
      expectClose(flat(cut(all.frames(all.found.peaks, CONTRAST_BANDS))), flat(all.plain.peaks), 1e-6);
    });

    it('roll off at the same bins', () => {
      const bins = [...all.workspace.int32(all.found.rolloffBins, all.framing.frames)];
      expect(bins).to.deep.equal(all.plain.rolloff);
    });

    it('cast the same votes for the tuning', () => {
      expect(all.votes(all.found.powerPeaks, 12)).to.deep.equal(all.plain.semitoneVotes);
      expect(all.votes(all.found.magnitudePeaks, 36)).to.deep.equal(all.plain.thirdVotes);
    });

    it('have the same constant-Q chroma', () => {
      const tuningClass = fullestClass(all.plain.thirdVotes);
      const start = all.constantQChroma(all.address, all.framing, tuningClass, () => undefined);
      expectClose(flat(all.frames(start, 12)), flat(all.plain.constantQ.map(foldToClasses)), 1e-6);
    });
  });
}
