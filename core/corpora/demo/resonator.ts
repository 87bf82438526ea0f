import { cosOfTurns, exp } from './arithmetic.js';

/** A second-order section, whose response to an impulse is a damped sine: what it is set to, and what it remembers. */
export type Resonator = {
  /** Amplitude of the sine. */
  weight: number;
  gain: number;
  feedback: number;
  damping: number;
  last: number;
  beforeLast: number;
};

export function createResonator(weight: number): Resonator {
  return { weight, gain: 0, feedback: 0, damping: 0, last: 0, beforeLast: 0 };
}

/** Sets centre and bandwidth, in Hz. */
export function tune(resonator: Resonator, centre: number, bandwidth: number, sampleRate: number): void {
  const turns = centre / sampleRate;
  const radius = exp((-Math.PI * bandwidth) / sampleRate);
  resonator.damping = -radius * radius;
  resonator.feedback = 2 * radius * cosOfTurns(turns);
  resonator.gain = resonator.weight * cosOfTurns(turns - 0.25);
}

/** Adds the response to an input to an output, going on where the last call ended. */
export function resonate(resonator: Resonator, input: Float64Array, output: Float64Array): void {
  const { gain, feedback, damping } = resonator;
  let { last, beforeLast } = resonator;
  for (let n = 0; n < input.length; n++) {
    const value = gain * input[n]! + feedback * last + damping * beforeLast;
    beforeLast = last;
    last = value;
    output[n]! += value;
  }
  resonator.last = last;
  resonator.beforeLast = beforeLast;
}
