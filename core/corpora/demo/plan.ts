import { exp2 } from './arithmetic.js';
import { type Expression, expressionOf } from './expression.js';
import { randomOf } from './random.js';
import type { DemoUtterance } from './script.js';
import { type Speaker, speakerOf } from './speaker.js';
import { type Onset, textOf, type WrittenSyllable } from './text.js';

/** The controls of the synthesiser are set so often. */
export const FRAMES_PER_SECOND = 200;

/** A syllable in its time, counted in frames. */
export type SpokenSyllable = WrittenSyllable & {
  start: number;
  onsetFrames: number;
  vowelFrames: number;
  /** Height of its pitch in the melody, in units of the speaker's range. */
  accent: number;
};

/** One utterance before it is spoken. */
export type Plan = {
  speaker: Speaker;
  expression: Expression;
  /** Formants are those of an average man, times this. */
  tract: number;
  syllables: SpokenSyllable[];
  /** With the pauses around them. */
  frames: number;
};

/** At five syllables a second. */
const ONSET_SECONDS: Record<Onset, number> = { fricative: 0.09, stop: 0.075, nasal: 0.065, glide: 0.04 };
const FINAL_LENGTHENING = 1.5;
const SHORTEST_VOWEL = 4;

/** Lays out an utterance in time: cheap, and enough to know how long it will be. */
export function planUtterance(utterance: DemoUtterance): Plan {
  const { facts, emotion, style } = utterance;
  const passing = randomOf(`utterance/${utterance.path}`);
  const personal = randomOf(`manner/${facts.speaker}/${emotion}`);
  const speaker = speakerOf(facts);
  const strength = utterance.strength * passing.between(0.75, 1.25);
  const expression = expressionOf(emotion, strength, personal, passing);
  const rate = speaker.rate * exp2(expression.rate);
  let frame = framesOf(passing.between(...style.pause));
  const syllables = textOf(utterance.text, style.syllables).map((written, index): SpokenSyllable => {
    const lengthening = index === style.syllables - 1 ? FINAL_LENGTHENING : 1;
    const onsetSeconds = (5 * ONSET_SECONDS[written.onset]) / rate;
    const vowelSeconds =
      (1 / rate - onsetSeconds) * (1 + 0.25 * written.stress) * lengthening * passing.between(0.85, 1.15);
    const spoken = {
      ...written,
      start: frame,
      onsetFrames: framesOf(onsetSeconds),
      vowelFrames: Math.max(SHORTEST_VOWEL, framesOf(vowelSeconds)),
      accent: written.stress + 0.3 * passing.bell(),
    };
    frame += spoken.onsetFrames + spoken.vowelFrames;
    return spoken;
  });
  const frames = frame + framesOf(passing.between(...style.pause));
  return { speaker, expression, tract: speaker.tract * exp2(expression.smile), syllables, frames };
}

export function framesOf(seconds: number): number {
  return Math.max(1, Math.round(seconds * FRAMES_PER_SECOND));
}
