import type { NameFacts } from '../../contracts/utterance.js';
import { exp2 } from './arithmetic.js';
import { randomOf } from './random.js';

/** A voice, apart from what it expresses. */
export type Speaker = {
  /** Mean pitch when neutral, in Hz. */
  pitch: number;
  /** Width of the pitch movements, in semitones. */
  range: number;
  /** Formants are those of an average man, times this: a shorter vocal tract has higher ones. */
  tract: number;
  /** Syllables per second. */
  rate: number;
  /** Of the speech when neutral, in decibels of full scale. */
  level: number;
  /** Where the glottal spectrum begins to fall, in Hz. */
  brightness: number;
  /** Aspiration noise under the voice, in decibels of it. */
  breath: number;
  /** Deviation of one glottal period from the next, as a share. */
  jitter: number;
};

/** The same person has the same voice in every file. */
export function speakerOf({ speaker, sex }: Pick<NameFacts, 'speaker' | 'sex'>): Speaker {
  const draw = randomOf(`speaker/${speaker}`);
  const female = sex === 'female';
  return {
    pitch: (female ? 205 : 115) * exp2(0.13 * draw.bell()),
    range: draw.between(2, 3.2),
    tract: (female ? 1.16 : 1) * exp2(0.05 * draw.bell()),
    rate: draw.between(4.6, 5.6),
    level: -28 + 2 * draw.bell(),
    brightness: (female ? 1500 : 1900) * exp2(0.25 * draw.bell()),
    breath: (female ? -27 : -31) + 2 * draw.bell(),
    jitter: 0.008 * exp2(0.4 * draw.bell()),
  };
}
