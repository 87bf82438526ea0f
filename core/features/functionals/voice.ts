import type { Address } from '../memory.js';
import { BIN_HZ, BINS, LANES } from './framing.js';
import type { Workspace } from './kernels.js';
import type { PitchTrack } from './pitch.js';

/** Where the first and the third formant are looked for, in Hz. */
const FORMANT_RANGES = [
  [400, 1000],
  [2200, 3500],
] as const;

/** Contours of a voice; what they hold where there is none is of no meaning. */
export const VOICE_DESCRIPTORS = ['pitch', 'harmonicity', 'h1h2', 'h1h3', 'h1a1', 'h1a3'] as const;

const LOWEST_PITCH_HZ = 55;

/**
 * Pitch in semitones over 55 Hz; harmonicity: the periodic part over the rest, in dB, at most 30; the level of the first
 * harmonic over that of the second, the third, and the highest peak where the first and the third formant lie.
 *
 * @returns for each of `VOICE_DESCRIPTORS` a contour
 */
export function createVoiceDescriptors(workspace: Workspace): (track: PitchTrack, power: Address) => Float32Array[] {
  const bands = workspace.place(
    Int32Array.from(
      FORMANT_RANGES.flatMap(([low, high]) => [
        Math.ceil(low / BIN_HZ),
        Math.ceil(high / BIN_HZ) - Math.ceil(low / BIN_HZ),
      ]),
    ),
  );
  const out = workspace.reserve(32);
  return ({ hz, strength }, power) => {
    const contours = VOICE_DESCRIPTORS.map(() => new Float32Array(hz.length));
    const levels = workspace.float32(out, 5);
    for (let frame = 0; frame < hz.length; frame++) {
      if (hz[frame] === 0) continue;
      const spectra = power + Math.floor(frame / LANES) * BINS * 16;
      workspace.kernels.harmonicLevels(spectra, frame % LANES, hz[frame]! / BIN_HZ, bands, out);
      const periodic = Math.min(Math.max(strength[frame]!, 0.001), 0.999);
      const [first, ...others] = levels;
      const values = [
        12 * Math.log2(hz[frame]! / LOWEST_PITCH_HZ),
        10 * Math.log10(periodic / (1 - periodic)),
        ...others.map((level) => first! - level),
      ];
      values.forEach((value, row) => (contours[row]![frame] = value));
    }
    return contours;
  };
}
