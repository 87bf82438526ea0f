import { planStages } from './resamplerPlan.js';
import { createStageChain } from './resamplingKernel.js';

/**
 * Takes samples from one rate to another; owns its filters and scratch memory. `output`, where it is given, is filled and
 * returned; it must be as long as `resampledLength` says.
 */
export type Resampler = (samples: Float32Array, output?: Float32Array) => Float32Array;

/** librosa's length of a resampled signal: every input sample's time is covered. */
export function resampledLength(length: number, fromRate: number, toRate: number): number {
  return Math.ceil(length * (toRate / fromRate));
}

/** How many samples soxr returns; librosa fills the rest up with zeros. */
function soxrLength(length: number, fromRate: number, toRate: number): number {
  const rounded = Math.floor(length / (fromRate / toRate) + 0.5);
  return Math.min(rounded, Math.floor((length * toRate) / fromRate + 1));
}

/** Plans are kept, the latest at the end; corpora have a handful of rates, and each plan holds some megabytes. */
const PLANS_KEPT = 16;
const plans = new Map<string, Resampler>();

/** Signals longer than this (90 s at 48 kHz) get scratch memory of their own, so that it is given back. */
const LONGEST_KEPT = 1 << 22;

/**
 * Builds the conversion between two rates once; later calls with the same rates return the same function.
 *
 * The result equals `librosa.resample(res_type="soxr_hq")` of single-precision samples but for rounding. With
 * `createResampler(2, 1)` it is the octave step of `librosa.cqt`.
 */
export function createResampler(fromRate: number, toRate: number): Resampler {
  const key = `${fromRate}:${toRate}`;
  const resampler = plans.get(key) ?? buildResampler(fromRate, toRate);
  plans.delete(key);
  plans.set(key, resampler);
  if (plans.size > PLANS_KEPT) plans.delete(plans.keys().next().value!);
  return resampler;
}

function buildResampler(fromRate: number, toRate: number): Resampler {
  if (fromRate === toRate) return (samples, output) => copyInto(output, samples);
  const stages = planStages(fromRate / toRate);
  const run = createStageChain(stages);
  return (samples, output = new Float32Array(resampledLength(samples.length, fromRate, toRate))) => {
    const filled = output.subarray(0, soxrLength(samples.length, fromRate, toRate));
    output.fill(0, filled.length);
    const chain = samples.length > LONGEST_KEPT ? createStageChain(stages) : run;
    if (filled.length > 0) chain(samples, filled);
    return output;
  };
}

function copyInto(output: Float32Array | undefined, samples: Float32Array): Float32Array {
  output?.set(samples);
  return output ?? samples;
}

/** `librosa.resample(samples, orig_sr=fromRate, target_sr=toRate)`; the samples themselves when the rates are equal. */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  return createResampler(fromRate, toRate)(samples);
}
