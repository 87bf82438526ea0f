import type { Address } from '../memory.js';
import { hannWindow, type TransformTables } from '../transformTables.js';
import { FRAME_LENGTH, LANES, MAX_BATCHES, SAMPLE_RATE, TRANSFORM_LENGTH } from './framing.js';
import type { Workspace } from './kernels.js';

const LOWEST_HZ = 60;
const HIGHEST_HZ = 600;
const SHORTEST_LAG = Math.floor(SAMPLE_RATE / HIGHEST_HZ);
const LONGEST_LAG = Math.floor(SAMPLE_RATE / LOWEST_HZ);
const LAGS = LONGEST_LAG + 1;

/** Candidates kept for each frame, and numbers that each takes. */
const CANDIDATES = 5;
const NUMBERS = 3;

/** How much weaker a candidate an octave lower counts: of equal ones, the highest is the pitch. */
const OCTAVE_COST = 0.03;
/** Strength that a frame without voice counts as, and how much more it does below a twentieth of the loudest peak. */
const UNVOICED_STRENGTH = 0.45;
const SILENT_PEAK = 0.05;
/** For each change between voice and none, and for each octave that the voice jumps. */
const VOICING_COST = 0.1;
const JUMP_COST = 0.6;

/** A voice, frame by frame. */
export type PitchTrack = {
  /** In Hz; 0 where there is no voice. */
  hz: Float64Array;
  /** The share of a frame that repeats itself after a period, 0 to 1; 0 where there is no voice. */
  strength: Float64Array;
};

/** Looks for pitches in power spectra of four frames: one function finds candidates, the other joins them to a track. */
export type PitchFinder = {
  /** @param periodicity where the largest autocorrelation of each of the four frames goes */
  look(power: Address, batch: number, periodicity: Address): void;
  /** @param peaks largest size of a sample in each frame, as a share of the largest of all */
  track(peaks: Float32Array): PitchTrack;
};

/**
 * Pitch by the autocorrelation of windowed frames over that of the window, and the cheapest path through the candidates:
 * Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
 * sound" (1993).
 */
export function createPitchFinder(
  workspace: Workspace,
  { twiddles, positions, rotations }: TransformTables,
): PitchFinder {
  const { kernels } = workspace;
  const inverseWindow = workspace.place(inverseWindowCorrelation());
  const costs = workspace.place(
    Float32Array.from({ length: LAGS }, (_, lag) => OCTAVE_COST * Math.log2(Math.max(lag, 1) / SHORTEST_LAG)),
  );
  const scratch = workspace.reserve(16 * TRANSFORM_LENGTH);
  const correlations = workspace.reserve(16 * LAGS);
  const candidates = workspace.reserve(MAX_BATCHES * LANES * CANDIDATES * NUMBERS * 4);
  return {
    look(power, batch, periodicity) {
      kernels.autocorrelations(
        power,
        TRANSFORM_LENGTH / 2,
        LAGS,
        inverseWindow,
        twiddles,
        positions,
        rotations,
        scratch,
        correlations,
      );
      kernels.periodicity(correlations, SHORTEST_LAG, LONGEST_LAG, periodicity);
      const out = candidates + batch * LANES * CANDIDATES * NUMBERS * 4;
      kernels.pitchCandidates(correlations, SHORTEST_LAG, LONGEST_LAG, costs, CANDIDATES, out);
    },
    track: (peaks) => cheapestPath(workspace.float32(candidates, peaks.length * CANDIDATES * NUMBERS), peaks),
  };
}

/** One over the autocorrelation of the window, by lag; 1 at lag 0. */
function inverseWindowCorrelation(): Float32Array {
  const window = hannWindow(FRAME_LENGTH);
  const at = (lag: number): number => window.subarray(lag).reduce((sum, value, i) => sum + value * window[i]!, 0);
  return Float32Array.from({ length: LAGS }, (_, lag) => at(0) / at(lag));
}

/** Candidates and, last, silence: where a path can be at each frame. */
const STATES = CANDIDATES + 1;

/**
 * Viterbi's algorithm over candidates and silence.
 *
 * @param candidates for each frame `CANDIDATES` times lag, strength and score
 */
function cheapestPath(candidates: Float32Array, peaks: Float32Array): PitchTrack {
  const frames = peaks.length;
  const octaves = octavesOf(candidates, frames);
  const from = new Int8Array(frames * STATES);
  let before = new Float64Array(STATES);
  let costs = new Float64Array(STATES);
  for (let frame = 0; frame < frames; frame++) {
    [before, costs] = [costs, before];
    for (let state = 0; state < STATES; state++) {
      const here = frame * STATES + state;
      let cheapest = Infinity;
      for (let other = 0; frame > 0 && other < STATES; other++) {
        const cost = before[other]! + stepCost(octaves[here - state - STATES + other]!, octaves[here]!);
        if (cost >= cheapest || Number.isNaN(cost)) continue;
        cheapest = cost;
        from[here] = other;
      }
      const own =
        state === CANDIDATES ? silenceCost(peaks[frame]!) : candidateCost(candidates, frame * CANDIDATES + state);
      costs[state] = own + (frame > 0 ? cheapest : 0);
    }
  }
  return walkBack(candidates, from, costs.indexOf(costs.reduce((a, b) => Math.min(a, b))), frames);
}

/** The logarithm of the lag of each state; infinite for a candidate that there is not, NaN for silence. */
function octavesOf(candidates: Float32Array, frames: number): Float64Array {
  return new Float64Array(frames * STATES).map((_, i) => {
    const [frame, state] = [Math.floor(i / STATES), i % STATES];
    if (state === CANDIDATES) return NaN;
    const lag = candidates[(frame * CANDIDATES + state) * NUMBERS]!;
    return lag > 0 ? Math.log2(lag) : Infinity;
  });
}

function stepCost(from: number, to: number): number {
  if (Number.isNaN(from) || Number.isNaN(to)) return Number.isNaN(from) && Number.isNaN(to) ? 0 : VOICING_COST;
  return JUMP_COST * Math.abs(to - from);
}

function candidateCost(candidates: Float32Array, place: number): number {
  return candidates[place * NUMBERS]! > 0 ? -candidates[place * NUMBERS + 2]! : Infinity;
}

function silenceCost(peak: number): number {
  return -UNVOICED_STRENGTH - Math.max(0, 0.5 - (0.5 * peak) / SILENT_PEAK);
}

function walkBack(candidates: Float32Array, from: Int8Array, last: number, frames: number): PitchTrack {
  const track = { hz: new Float64Array(frames), strength: new Float64Array(frames) };
  let state = last;
  for (let frame = frames - 1; frame >= 0; frame--) {
    if (state < CANDIDATES) {
      const place = (frame * CANDIDATES + state) * NUMBERS;
      track.hz[frame] = SAMPLE_RATE / candidates[place]!;
      track.strength[frame] = candidates[place + 1]!;
    }
    state = from[frame * STATES + state]!;
  }
  return track;
}
