import { amplitudeOf, cosOfTurns, exp, exp2 } from './arithmetic.js';
import { FRAMES_PER_SECOND, type Plan, type Score, scoreOf } from './prosody.js';
import { type Random, randomOf } from './random.js';
import type { DemoUtterance } from './script.js';

const OPEN_QUOTIENT = 0.62;
/** F4 and F5 of an average man, which vowels hardly move, and the bandwidths of F1 to F5, in Hz. */
const UPPER_FORMANTS = [3500, 4500] as const;
const BANDWIDTHS = [70, 100, 140, 220, 300] as const;
const FRICATION_BANDWIDTH = 1200;
const SHIMMER_OVER_JITTER = 4;

/** A second-order section: what it is set to, and what it remembers. */
type Resonator = { gain: number; feedback: number; damping: number; last: number; beforeLast: number };

const createResonator = (): Resonator => ({ gain: 1, feedback: 0, damping: 0, last: 0, beforeLast: 0 });

/** How many samples an utterance will have. */
export function sampleCount(plan: Plan, sampleRate: number): number {
  return Math.floor((plan.frames * sampleRate) / FRAMES_PER_SECOND);
}

/**
 * Speaks an utterance: glottal pulses and noise through five formants in a row, as in D. H. Klatt (JASA 67, 1980).
 *
 * @returns mono samples, full scale 1
 */
export function synthesise(plan: Plan, { path, style, facts }: DemoUtterance): Float64Array {
  const { sampleRate } = style;
  const score = scoreOf(plan);
  const output = new Float64Array(sampleCount(plan, sampleRate));
  const noise = randomOf(`noise/${path}`);
  const glottis = createGlottis(plan, sampleRate, randomOf(`glottis/${path}`));
  const tract = BANDWIDTHS.map(createResonator);
  const constriction = createResonator();
  const hiss = new Float64Array(Math.ceil(sampleRate / FRAMES_PER_SECOND) + 1);
  const scale = plan.speaker.tract * exp2(plan.expression.smile);
  for (let frame = 0; frame < score.frames; frame++) {
    const start = Math.floor((frame * sampleRate) / FRAMES_PER_SECOND);
    const voiced = output.subarray(start, Math.floor(((frame + 1) * sampleRate) / FRAMES_PER_SECOND));
    glottis(voiced, score, frame, noise);
    for (const [index, resonator] of tract.entries()) {
      const centre = score.formants[index]?.[frame] ?? UPPER_FORMANTS[index - 3]! * scale;
      tune(resonator, centre, BANDWIDTHS[index]!, sampleRate);
      resonate(resonator, voiced);
    }
    const friction = hiss.subarray(0, voiced.length);
    fillNoise(friction, noise, 0.08 * score.frication[frame]!);
    tune(constriction, Math.min(score.fricationCentre[frame]!, 0.42 * sampleRate), FRICATION_BANDWIDTH, sampleRate);
    resonate(constriction, friction);
    for (let n = 0; n < voiced.length; n++) voiced[n]! += friction[n]!;
  }
  record(output, plan, style.roomNoise, randomOf(`room/${facts.speaker}/${path}`));
  return output;
}

type Glottis = (target: Float64Array, score: Score, frame: number, noise: Random) => void;

/**
 * The derivative of the glottal flow, as lips radiate it: a polynomial pulse in the open part of each period (KLGLOTT88, D.
 * H. Klatt and L. C. Klatt, JASA 87, 1990), nothing in the closed one, a first-order low pass for the tilt, and aspiration
 * noise, which is stronger while the glottis is open.
 */
function createGlottis({ speaker, expression }: Plan, sampleRate: number, irregular: Random): Glottis {
  const jitter = speaker.jitter * exp2(expression.roughness);
  const breath = amplitudeOf(speaker.breath + expression.breath) * 3;
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

/** Sets a resonance, in Hz; its gain at 0 Hz is 1. */
function tune(resonator: Resonator, centre: number, bandwidth: number, sampleRate: number): void {
  const radius = exp((-Math.PI * bandwidth) / sampleRate);
  resonator.damping = -radius * radius;
  resonator.feedback = 2 * radius * cosOfTurns(centre / sampleRate);
  resonator.gain = 1 - resonator.feedback - resonator.damping;
}

function resonate(resonator: Resonator, samples: Float64Array): void {
  const { gain, feedback, damping } = resonator;
  let { last, beforeLast } = resonator;
  for (let n = 0; n < samples.length; n++) {
    const value = gain * samples[n]! + feedback * last + damping * beforeLast;
    beforeLast = last;
    samples[n] = last = value;
  }
  resonator.last = last;
  resonator.beforeLast = beforeLast;
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
