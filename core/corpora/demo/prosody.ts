import { exp2 } from './arithmetic.js';
import { type Expression, expressionOf } from './expression.js';
import { type Random, randomOf } from './random.js';
import type { DemoUtterance } from './script.js';
import { type Speaker, speakerOf } from './speaker.js';

/** The controls of the synthesiser are set so often. */
export const FRAMES_PER_SECOND = 200;

/** What the vocal tract does, frame by frame. */
export type Score = {
  frames: number;
  /** In Hz. */
  pitch: Float64Array;
  /** Amplitudes of voice, aspiration and frication, 0 to 1. */
  voice: Float64Array;
  aspiration: Float64Array;
  frication: Float64Array;
  /** Centre of the frication, in Hz. */
  fricationCentre: Float64Array;
  /** F1 to F3, in Hz. */
  formants: readonly [Float64Array, Float64Array, Float64Array];
};

/** One utterance before it is spoken. */
export type Plan = { speaker: Speaker; expression: Expression; syllables: Syllable[]; frames: number };

type Syllable = {
  onset: Onset;
  /** F1 to F3 of an average man. */
  vowel: readonly [number, number, number];
  start: number;
  onsetFrames: number;
  vowelFrames: number;
  /** Semitones around the contour. */
  accent: number;
};

type Onset = 'fricative' | 'stop' | 'nasal' | 'glide';

/** F1 to F3 of men's vowels, G. E. Peterson and H. L. Barney (JASA 24, 1952). */
const VOWELS = [
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
] as const;

const ONSETS: readonly Onset[] = ['fricative', 'stop', 'nasal', 'glide', 'stop'];
const ONSET_SECONDS: Record<Onset, number> = { fricative: 0.09, stop: 0.075, nasal: 0.065, glide: 0.04 };
const NASAL: Syllable['vowel'] = [250, 1200, 2300];
const SETTLING_SECONDS = 0.018;

/** Lays out an utterance in time: cheap, and enough to know how long it will be. */
export function planUtterance(utterance: DemoUtterance): Plan {
  const { facts, emotion, style } = utterance;
  const words = randomOf(`text/${utterance.text}`);
  const passing = randomOf(`utterance/${utterance.path}`);
  const speaker = speakerOf(facts);
  const strength = utterance.strength * passing.between(0.6, 1.2);
  const personal = randomOf(`manner/${facts.speaker}/${emotion}`);
  const expression = expressionOf(emotion, strength, personal, passing);
  const secondsPerSyllable = 1 / (speaker.rate * exp2(expression.rate));
  let frame = framesOf(passing.between(...style.pause));
  const syllables = Array.from({ length: style.syllables }, (_, index): Syllable => {
    const syllable = layOut(words, passing, frame, secondsPerSyllable, index === style.syllables - 1);
    frame += syllable.onsetFrames + syllable.vowelFrames;
    return syllable;
  });
  return { speaker, expression, syllables, frames: frame + framesOf(passing.between(...style.pause)) };
}

function layOut(words: Random, passing: Random, start: number, seconds: number, last: boolean): Syllable {
  const onset = words.pick(ONSETS);
  const vowel = words.pick(VOWELS);
  const stress = words.between(-1, 1);
  const onsetSeconds = ONSET_SECONDS[onset] * (seconds / 0.2);
  const vowelSeconds = (seconds - onsetSeconds) * (1 + 0.25 * stress) * (last ? 1.5 : 1) * passing.between(0.85, 1.15);
  return {
    onset,
    vowel,
    start,
    onsetFrames: framesOf(onsetSeconds),
    vowelFrames: Math.max(4, framesOf(vowelSeconds)),
    accent: stress + 0.3 * passing.bell(),
  };
}

function framesOf(seconds: number): number {
  return Math.max(1, Math.round(seconds * FRAMES_PER_SECOND));
}

/** Turns the layout into tracks: targets syllable by syllable, then the inertia of the articulators over them. */
export function scoreOf({ speaker, expression, syllables, frames }: Plan): Score {
  const track = (): Float64Array => new Float64Array(frames);
  const score: Score = {
    frames,
    pitch: track(),
    voice: track(),
    aspiration: track(),
    frication: track(),
    fricationCentre: track().fill(4500),
    formants: [track(), track(), track()],
  };
  const scale = speaker.tract * exp2(expression.smile);
  let end = 0;
  for (const [index, syllable] of syllables.entries()) {
    const from = index === 0 ? 0 : syllable.start;
    end = syllable.start + syllable.onsetFrames + syllable.vowelFrames;
    const semitones = contour(expression, speaker.range, syllable.accent, index / (syllables.length - 1));
    score.pitch.fill(speaker.pitch * exp2(semitones / 12), from, frames);
    for (const [formant, target] of syllable.vowel.entries())
      score.formants[formant]!.fill(target * scale, from, frames);
    articulate(score, syllable, scale);
  }
  score.aspiration.fill(0.6, end, Math.min(frames, end + framesOf(0.06)));
  smooth(score.pitch, 0.04);
  for (const formant of score.formants) smooth(formant, SETTLING_SECONDS);
  for (const amplitude of [score.voice, score.aspiration, score.frication]) smooth(amplitude, 0.008);
  return score;
}

/** Semitones at a syllable that lies at `place` (0 first, 1 last) in the utterance. */
function contour(expression: Expression, range: number, accent: number, place: number): number {
  const slope = (expression.slope - 2) * (place - 0.5);
  const ending = place === 1 ? expression.ending : 0;
  return expression.pitch + slope + ending + accent * range * exp2(expression.range);
}

function articulate(score: Score, { onset, start, onsetFrames, vowelFrames }: Syllable, scale: number): void {
  const vowel = start + onsetFrames;
  score.voice.fill(1, vowel, vowel + vowelFrames);
  score.aspiration.fill(1, vowel, vowel + vowelFrames);
  switch (onset) {
    case 'fricative':
      score.frication.fill(0.5, start, vowel);
      score.fricationCentre.fill(5200 * scale, start, vowel);
      break;
    case 'stop':
      score.frication.fill(1, vowel - Math.min(onsetFrames, framesOf(0.012)), vowel);
      score.fricationCentre.fill(3000 * scale, start, vowel);
      break;
    case 'nasal':
      score.voice.fill(0.4, start, vowel);
      for (const [formant, target] of NASAL.entries()) score.formants[formant]!.fill(target * scale, start, vowel);
      break;
    case 'glide':
      score.voice.fill(0.7, start, vowel);
      break;
  }
}

/** A first-order lag, forwards and backwards, so that nothing moves before or after its time. */
function smooth(track: Float64Array, seconds: number): void {
  const share = 1 / (1 + seconds * FRAMES_PER_SECOND);
  let value = track[0] ?? 0;
  for (let frame = 0; frame < track.length; frame++) track[frame] = value += share * (track[frame]! - value);
  for (let frame = track.length - 1; frame >= 0; frame--) track[frame] = value += share * (track[frame]! - value);
}
