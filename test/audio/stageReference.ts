import type { Stage } from '../../core/audio/resamplerPlan.js';

/** Samples before the first and after the last one count as zero. */
const at = (samples: Float64Array, index: number): number => samples[index] ?? 0;

/** Output `m` is the sum over input samples `u` of `x[u] * h(m * down - u * up)`, h centred. */
function filterRational(
  input: Float64Array,
  count: number,
  taps: Float64Array,
  centre: number,
  up: number,
  down: number,
): Float64Array {
  const output = new Float64Array(count);
  for (let m = 0; m < count; m++) {
    const first = Math.ceil((m * down + centre - (taps.length - 1)) / up);
    let sum = 0;
    for (let u = first, tap = m * down + centre - u * up; tap >= 0; u++, tap -= up) sum += at(input, u) * taps[tap]!;
    output[m] = sum;
  }
  return output;
}

function filterInterpolated(
  input: Float64Array,
  count: number,
  stage: Extract<Stage, { kind: 'interpolated' }>,
): Float64Array {
  const { taps, tapsEach, phaseBits, order, step } = stage;
  const phases = 2 ** phaseBits;
  const output = new Float64Array(count);
  const offset = tapsEach % 2 === 1 ? 2 ** 31 : 0;
  for (let m = 0; m < count; m++) {
    const position = offset + m * step;
    const whole = Math.floor(position / 2 ** 32);
    const fraction = (position - whole * 2 ** 32) / 2 ** 32;
    const phase = Math.floor(fraction * phases);
    const x = fraction * phases - phase;
    let sum = 0;
    for (let i = 0; i < tapsEach; i++) {
      const t = i * phases + phase - 1;
      const [h0, h1, h2] = [at(taps, t), at(taps, t + 1), at(taps, t + 2)];
      const curvature = order === 2 ? (h2 - 2 * h1 + h0) / 2 : 0;
      const tap = h0 + x * (h1 - h0 - curvature + x * curvature);
      sum += tap * at(input, whole + Math.ceil((tapsEach - 1) / 2) - i);
    }
    output[m] = sum;
  }
  return output;
}

/** One stage by its definition, in double precision, its taps in single precision as libsoxr has them. */
export function runStage(stage: Stage, input: Float64Array, count: number): Float64Array {
  if (stage.kind === 'interpolated') return filterInterpolated(input, count, stage);
  return filterRational(input, count, stage.taps, (stage.taps.length - 1) / 2, stage.up, stage.down);
}

/** How many samples a stage must be given for `count` samples of output to be complete. */
export function inputNeeded(stage: Stage, count: number): number {
  const ratio = stage.kind === 'interpolated' ? stage.step / 2 ** 32 : stage.down / stage.up;
  const reach = stage.kind === 'interpolated' ? stage.tapsEach : stage.taps.length / stage.up;
  return Math.ceil(count * ratio + reach) + 1;
}
