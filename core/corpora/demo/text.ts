import { randomOf } from './random.js';

export type Onset = 'fricative' | 'stop' | 'nasal' | 'glide';

/** F1 to F3 of an average man, in Hz. */
export type Vowel = readonly [number, number, number];

/** A consonant and a vowel, as written: how they are spoken is another matter. */
export type WrittenSyllable = {
  onset: Onset;
  vowel: Vowel;
  /** -1 for the weakest, 1 for the strongest. */
  stress: number;
};

/** Men's vowels as G. E. Peterson and H. L. Barney measured them (JASA 24, 1952). */
const VOWELS: readonly Vowel[] = [
  [270, 2290, 3010],
  [390, 1990, 2550],
  [530, 1840, 2480],
  [660, 1720, 2410],
  [730, 1090, 2440],
  [570, 840, 2410],
  [440, 1020, 2240],
  [300, 870, 2240],
  [640, 1190, 2390],
  [490, 1350, 1690],
];

const ONSETS: readonly Onset[] = [
  'fricative',
  'fricative',
  'fricative',
  'stop',
  'stop',
  'stop',
  'nasal',
  'nasal',
  'glide',
  'glide',
];

/**
 * The syllables of a sentence: the same for everybody who says it. No vowel comes twice, so that sentences differ in order
 * more than in sound.
 *
 * @param syllables at most ten
 */
export function textOf(name: string, syllables: number): WrittenSyllable[] {
  const words = randomOf(`text/${name}`);
  const vowels = words.shuffled(VOWELS);
  const onsets = words.shuffled(ONSETS);
  return Array.from({ length: syllables }, (_, index) => ({
    onset: onsets[index]!,
    vowel: vowels[index]!,
    stress: words.between(-1, 1),
  }));
}
