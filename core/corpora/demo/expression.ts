import type { Emotion } from '../../contracts/emotions.js';
import type { Random } from './random.js';

/** How a voice departs from its own neutral. All zero is neutral. */
export type Expression = {
  /** Of the mean pitch, in semitones. */
  pitch: number;
  /** Of the width of the pitch movements, in octaves of the width. */
  range: number;
  /** Slope of the pitch from the first syllable to the last, in semitones. */
  slope: number;
  /** Turn of the pitch on the last syllable, in semitones. */
  ending: number;
  /** Of the speaking rate, in octaves. */
  rate: number;
  /** Of the level, in decibels. */
  level: number;
  /** Of the corner above which the glottal spectrum falls, in octaves. */
  brightness: number;
  /** Aspiration noise, in decibels. */
  breath: number;
  /** Irregularity of the glottal periods, in octaves. */
  roughness: number;
  /** Of the formants, in octaves: spread lips shorten the vocal tract. */
  smile: number;
};

const DIMENSIONS = [
  'pitch',
  'range',
  'slope',
  'ending',
  'rate',
  'level',
  'brightness',
  'breath',
  'roughness',
  'smile',
] as const satisfies readonly (keyof Expression)[];

const NEUTRAL: Expression = {
  pitch: 0,
  range: 0,
  slope: 0,
  ending: 0,
  rate: 0,
  level: 0,
  brightness: 0,
  breath: 0,
  roughness: 0,
  smile: 0,
};

/**
 * Directions as K. R. Scherer (Speech Communication 40, 2003) and I. R. Murray and J. L. Arnott (JASA 93, 1993) sum them
 * up; the sizes are set so that classifiers neither fail nor find it trivial.
 */
const EXPRESSIONS: Record<Emotion, Expression> = {
  angry: {
    pitch: 4,
    range: 0.7,
    slope: -2,
    ending: -2,
    rate: 0.15,
    level: 8,
    brightness: 1,
    breath: -6,
    roughness: 1,
    smile: 0,
  },
  calm: {
    pitch: -1.5,
    range: -0.5,
    slope: -1,
    ending: -1,
    rate: -0.25,
    level: -4,
    brightness: -0.5,
    breath: 3,
    roughness: -0.5,
    smile: 0.02,
  },
  disgust: {
    pitch: -1,
    range: 0.1,
    slope: -2,
    ending: -3,
    rate: -0.3,
    level: 1,
    brightness: 0.2,
    breath: 0,
    roughness: 1.5,
    smile: -0.05,
  },
  fear: {
    pitch: 6,
    range: -0.2,
    slope: 1,
    ending: 1,
    rate: 0.3,
    level: 2,
    brightness: 0.2,
    breath: 7,
    roughness: 1.2,
    smile: 0,
  },
  happy: {
    pitch: 5,
    range: 0.8,
    slope: 1,
    ending: 2,
    rate: 0.1,
    level: 4,
    brightness: 0.5,
    breath: 0,
    roughness: 0,
    smile: 0.07,
  },
  neutral: NEUTRAL,
  sad: {
    pitch: -0.5,
    range: -0.6,
    slope: -2,
    ending: -2,
    rate: -0.35,
    level: -6,
    brightness: -0.9,
    breath: 6,
    roughness: 0.3,
    smile: -0.03,
  },
  surprise: {
    pitch: 7,
    range: 1,
    slope: 3,
    ending: 6,
    rate: -0.05,
    level: 3,
    brightness: 0.3,
    breath: 3,
    roughness: 0,
    smile: 0.02,
  },
};

/** Deviation from one utterance of the same emotion to the next. */
const SPREAD: Expression = {
  pitch: 1,
  range: 0.2,
  slope: 0.8,
  ending: 0.8,
  rate: 0.08,
  level: 1.8,
  brightness: 0.22,
  breath: 1.8,
  roughness: 0.35,
  smile: 0.015,
};

/** How one speaker's way of showing an emotion departs from everybody's, as a share of the spread. */
const PERSONAL_SHARE = 0.7;

/**
 * One rendering of an emotion.
 *
 * @param strength 1 for a full expression, 0 for neutral
 * @param personal a stream of the speaker and the emotion: the same in every utterance of the two
 * @param passing a stream of the utterance
 */
export function expressionOf(emotion: Emotion, strength: number, personal: Random, passing: Random): Expression {
  const expression = { ...NEUTRAL };
  for (const dimension of DIMENSIONS) {
    const drift = PERSONAL_SHARE * personal.bell() + passing.bell();
    expression[dimension] = strength * EXPRESSIONS[emotion][dimension] + SPREAD[dimension] * drift;
  }
  return expression;
}
