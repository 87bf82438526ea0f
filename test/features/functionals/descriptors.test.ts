import { expect } from 'chai';
import { createSpectralDescriptors, SPECTRAL_DESCRIPTORS } from '../../../core/features/functionals/descriptors.js';
import { BINS, FRAME_LENGTH, HOP_LENGTH } from '../../../core/features/functionals/framing.js';
import { createWorkspace } from '../../../core/features/functionals/kernels.js';
import { placeTransformTables } from '../../../core/features/transformTables.js';
import { describePlainly, powerSpectrum } from '../oracle/functionals.js';
import { signal } from '../signals.js';

const FRAMES = 8;

/** Of decibels 0.05: where hardly any power is, single precision tells. The others are in bins, nepers or shares. */
const TOLERANCES: Record<string, number> = { centroid: 0.01, spread: 0.05, entropy: 1e-4, flux: 1e-4, loudness: 0.01 };

/** Power spectra and contours of the first eight frames after some sample, by the kernels and from their definitions. */
function both(name: string, start: number) {
  const samples = signal(name).samples.subarray(start);
  const workspace = createWorkspace();
  const describe = createSpectralDescriptors(workspace, placeTransformTables(workspace, 512));
  const placed = workspace.place(samples);
  const power = workspace.reserve(FRAMES * BINS * 4);
  const stride = 4 * FRAMES;
  const contours = workspace.reserve(stride * SPECTRAL_DESCRIPTORS.length);
  for (let batch = 0; batch < FRAMES / 4; batch++) {
    const source = placed + batch * 16 * HOP_LENGTH;
    describe(source, power + batch * BINS * 16, batch === 0, contours + batch * 16, stride);
  }
  const frames = Array.from({ length: FRAMES }, (_, frame) =>
    Float64Array.from({ length: FRAME_LENGTH }, (_, i) => samples[frame * HOP_LENGTH + i] ?? 0),
  );
  return {
    frames,
    plain: describePlainly(frames),
    powerOf: (frame: number) => {
      const batch = workspace.float32(power + Math.floor(frame / 4) * BINS * 16, BINS * 4);
      return Array.from({ length: BINS }, (_, bin) => batch[bin * 4 + (frame % 4)]!);
    },
    contour: (row: number) => [...workspace.float32(contours + row * stride, FRAMES)],
  };
}

for (const name of ['speech', 'noise', 'chirp', 'tones']) {
  describe(`spectral descriptors of ${name}`, () => {
    let all: ReturnType<typeof both>;
    before(() => (all = both(name, 2000)));

    it('come from power spectra that are right to single precision', () => {
      all.frames.forEach((frame, index) => {
        const expected = powerSpectrum(frame);
        const largest = Math.max(...expected);
        all.powerOf(index).forEach((value, bin) => {
          expect(value, `frame ${index}, bin ${bin}`).to.be.closeTo(expected[bin]!, 3e-6 * largest);
        });
      });
    });

    it('are what their definitions say', () => {
      SPECTRAL_DESCRIPTORS.forEach((descriptor, row) => {
        const expected = all.plain[descriptor]!;
        all.contour(row).forEach((value, frame) => {
          const tolerance = descriptor.startsWith('rolloff') ? 1 : (TOLERANCES[descriptor] ?? 0.05);
          expect(value, `${descriptor} of frame ${frame}`).to.be.closeTo(expected[frame]!, tolerance);
        });
      });
    });
  });
}

describe('spectral descriptors', () => {
  it('are named in the order in which they are written', () => {
    expect(Object.keys(both('speech', 2000).plain)).to.deep.equal(SPECTRAL_DESCRIPTORS);
  });
});
