import { amplitudeOf, exp, exp2 } from './arithmetic.js';
import { FRAMES_PER_SECOND, type Plan } from './plan.js';
import { type Random, randomOf } from './random.js';
import { createResonator, type Resonator, resonate, tune } from './resonator.js';
import { type Score, scoreOf } from './score.js';
import type { DemoUtterance } from './script.js';

const OPEN_QUOTIENT = 0.62;
const SHIMMER_OVER_JITTER = 4;
/** Breath is given in decibels of the voice; this is what makes noise and pulses of one strength equally loud. */
const BREATH_SCALE = 3;
const FRICATION_AMPLITUDE = 0.3;
const FRICATION_BANDWIDTH = 1200;

/** Between the resonances of a tube as long as an average man's tract, in Hz. */
const FORMANT_SPACING = 1000;
const bandwidthOf = (index: number): number => 60 + 40 * index;

/** How many samples an utterance will have. */
export function sampleCount(plan: Plan, sampleRate: number): number {
  return firstSampleOf(plan.frames, sampleRate);
}

function firstSampleOf(frame: number, sampleRate: number): number {
  return Math.floor((frame * sampleRate) / FRAMES_PER_SECOND);
}

/**
 * Speaks an utterance: glottal pulses and aspiration through the formants, side by side, and friction noise. There are as
 * many formants as the sampling rate has room for, because each that is missing would tilt the spectrum below it.
 *
 * @returns mono samples, full scale 1
 */
export function synthesise(plan: Plan, { path, style }: DemoUtterance): Float64Array {
  const { sampleRate } = style;
  const score = scoreOf(plan);
  const output = new Float64Array(sampleCount(plan, sampleRate));
  const noise = randomOf(`noise/${path}`);
  const glottis = createGlottis(plan, sampleRate, randomOf(`glottis/${path}`));
  const formants = createFormants(plan.tract, sampleRate);
  const constriction = createResonator((2 * Math.PI * FRICATION_BANDWIDTH) / sampleRate);
  const scratch = new Float64Array(Math.ceil(sampleRate / FRAMES_PER_SECOND));
  for (let frame = 0; frame < score.frames; frame++) {
    const target = output.subarray(firstSampleOf(frame, sampleRate), firstSampleOf(frame + 1, sampleRate));
    const source = scratch.subarray(0, target.length);
    glottis(source, score, frame, noise);
    for (const [index, formant] of formants.entries()) {
      const centre = score.formants[index]?.[frame];
      if (centre !== undefined) tune(formant, centre, bandwidthOf(index), sampleRate);
      resonate(formant, source, target);
    }
    fillNoise(source, noise, FRICATION_AMPLITUDE * score.frication[frame]!);
    tune(constriction, Math.min(score.fricationCentre[frame]!, 0.42 * sampleRate), FRICATION_BANDWIDTH, sampleRate);
    resonate(constriction, source, target);
  }
  record(output, plan, style.roomNoise, randomOf(`room/${path}`));
  return output;
}

/**
 * The resonances of a uniform tube as long as the tract, closed at the glottis: sines of one amplitude and alternating
 * sign, which add up to a gain of 1 at 0 Hz. Speech moves the first three.
 */
function createFormants(scale: number, sampleRate: number): Resonator[] {
  const spacing = FORMANT_SPACING * scale;
  return Array.from({ length: Math.floor(sampleRate / 2 / spacing) }, (_, index) => {
    const formant = createResonator(((index % 2 === 0 ? 4 : -4) * spacing) / sampleRate);
    tune(formant, spacing * (index + 0.5), bandwidthOf(index), sampleRate);
    return formant;
  });
}

type Glottis = (target: Float64Array, score: Score, frame: number, noise: Random) => void;

/**
 * The derivative of the glottal flow, as lips radiate it: a polynomial pulse in the open part of each period (KLGLOTT88, D.
 * H. Klatt and L. C. Klatt, JASA 87, 1990), nothing in the closed one, a first-order low pass for the tilt, and aspiration
 * noise, which is stronger while the glottis is open.
 */
function createGlottis({ speaker, expression }: Plan, sampleRate: number, irregular: Random): Glottis {
  const jitter = speaker.jitter * exp2(expression.roughness);
  const breath = BREATH_SCALE * amplitudeOf(speaker.breath + expression.breath);
  const corner = Math.min(speaker.brightness * exp2(expression.brightness), 0.4 * sampleRate);
  const tilt = 1 - exp((-2 * Math.PI * corner) / sampleRate);
  let phase = 0;
  let stretch = 1;
  let strength = 1;
  let flow = 0;
  return (target, score, frame, noise) => {
    const step = (score.pitch[frame]! * stretch) / sampleRate;
    const voice = score.voice[frame]!;
    const aspiration = breath * score.aspiration[frame]!;
    for (let n = 0; n < target.length; n++) {
      const place = phase / OPEN_QUOTIENT;
      const open = place < 1;
      // The pulse ends in a jump: the sample it falls into gets its share, which keeps aliases down.
      const share = open ? Math.min(1, (OPEN_QUOTIENT - phase) / step) : 0;
      const pulse = share * strength * place * (2 - 3 * place);
      flow += tilt * (voice * pulse - flow);
      target[n] = flow + aspiration * (open ? 1 : 0.4) * (2 * noise.uniform() - 1);
      phase += step;
      if (phase >= 1) {
        phase -= 1;
        stretch = 1 + jitter * irregular.bell();
        strength = 1 + SHIMMER_OVER_JITTER * jitter * irregular.bell();
      }
    }
  };
}

function fillNoise(target: Float64Array, noise: Random, amplitude: number): void {
  if (amplitude < 1e-4) target.fill(0);
  else for (let n = 0; n < target.length; n++) target[n] = amplitude * (2 * noise.uniform() - 1);
}

/** The microphone: brings the speech to its level and adds the room. */
function record(samples: Float64Array, { speaker, expression }: Plan, roomNoise: number, room: Random): void {
  let energy = 0;
  for (let n = 0; n < samples.length; n++) energy += samples[n]! * samples[n]!;
  const rms = Math.sqrt(energy / samples.length);
  const gain = amplitudeOf(speaker.level + expression.level) / rms;
  const hiss = amplitudeOf(speaker.level + roomNoise) * Math.sqrt(3);
  for (let n = 0; n < samples.length; n++) samples[n] = gain * samples[n]! + hiss * (2 * room.uniform() - 1);
}
