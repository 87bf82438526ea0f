import { exp2 } from './arithmetic.js';
import { FRAMES_PER_SECOND, framesOf, type Plan, type SpokenSyllable } from './plan.js';
import type { Vowel } from './text.js';

/** What voice and vocal tract do, frame by frame. */
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

const NASAL: Vowel = [250, 1200, 2300];
const FRICATIVE_CENTRE = 5200;
const BURST_CENTRE = 3000;
const BURST_SECONDS = 0.012;
const LAST_BREATH_SECONDS = 0.06;

/** How long the articulators take, in seconds. */
const INERTIA = { pitch: 0.04, formants: 0.018, amplitudes: 0.008 };

/** Semitones that the pitch of a statement falls by from beginning to end. */
const DECLINATION = -2;

/** Turns a plan into tracks: targets syllable by syllable, then the inertia of the articulators over them. */
export function scoreOf(plan: Plan): Score {
  const { speaker, syllables, frames, tract } = plan;
  const track = (): Float64Array => new Float64Array(frames);
  const score: Score = {
    frames,
    pitch: track(),
    voice: track(),
    aspiration: track(),
    frication: track(),
    fricationCentre: track().fill(FRICATIVE_CENTRE * tract),
    formants: [track(), track(), track()],
  };
  for (const [index, syllable] of syllables.entries()) {
    const from = index === 0 ? 0 : syllable.start;
    const semitones = melody(plan, syllable.accent, index / (syllables.length - 1));
    score.pitch.fill(speaker.pitch * exp2(semitones / 12), from);
    setFormants(score, syllable.vowel, tract, from, frames);
    articulate(score, syllable, tract);
  }
  const last = syllables.at(-1)!;
  const end = last.start + last.onsetFrames + last.vowelFrames;
  score.aspiration.fill(0.6, end, end + framesOf(LAST_BREATH_SECONDS));
  smooth(score.pitch, INERTIA.pitch);
  for (const formant of score.formants) smooth(formant, INERTIA.formants);
  for (const amplitude of [score.voice, score.aspiration, score.frication]) smooth(amplitude, INERTIA.amplitudes);
  return score;
}

/** Semitones at a syllable that lies at `place` (0 first, 1 last) in the utterance. */
function melody({ speaker, expression }: Plan, accent: number, place: number): number {
  const slope = (expression.slope + DECLINATION) * (place - 0.5);
  const ending = place === 1 ? expression.ending : 0;
  return expression.pitch + slope + ending + accent * speaker.range * exp2(expression.range);
}

function articulate(score: Score, syllable: SpokenSyllable, tract: number): void {
  const { onset, start, onsetFrames, vowelFrames } = syllable;
  const vowel = start + onsetFrames;
  score.voice.fill(1, vowel, vowel + vowelFrames);
  score.aspiration.fill(1, vowel, vowel + vowelFrames);
  switch (onset) {
    case 'fricative':
      score.frication.fill(0.5, start, vowel);
      break;
    case 'stop':
      score.frication.fill(1, vowel - Math.min(onsetFrames, framesOf(BURST_SECONDS)), vowel);
      score.fricationCentre.fill(BURST_CENTRE * tract, start, vowel);
      break;
    case 'nasal':
      score.voice.fill(0.4, start, vowel);
      setFormants(score, NASAL, tract, start, vowel);
      break;
    case 'glide':
      score.voice.fill(0.7, start, vowel);
      break;
  }
}

function setFormants({ formants }: Score, targets: Vowel, tract: number, from: number, to: number): void {
  for (const [index, formant] of formants.entries()) formant.fill(targets[index]! * tract, from, to);
}

/** A first-order lag forwards and one backwards, so that movements begin before their time and end after it. */
function smooth(track: Float64Array, seconds: number): void {
  const share = 1 / (1 + seconds * FRAMES_PER_SECOND);
  let value = track[0]!;
  for (let frame = 0; frame < track.length; frame++) track[frame] = value += share * (track[frame]! - value);
  for (let frame = track.length - 1; frame >= 0; frame--) track[frame] = value += share * (track[frame]! - value);
}
