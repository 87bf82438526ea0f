/** Which frames of a sounding stretch count for what. */
export type FrameSets = {
  /** Frames that are not silent. */
  active: Uint32Array;
  /** Frames with a voice, silent or not. */
  voiced: Uint32Array;
  /** Active frames without a voice. */
  unvoiced: Uint32Array;
};

const DISTRIBUTION = ['mean', 'sd', 'skewness', 'p5', 'p20', 'p50', 'p80', 'p95'] as const;
const CHANGES = ['delta_sd', 'delta_p5', 'delta_p95'] as const;
const TRENDS = ['trend_1', 'trend_2', 'trend_3', 'trend_4'] as const;
const BY_VOICE = ['voiced_mean', 'voiced_sd', 'unvoiced_mean'] as const;

/** What is told of a contour that has a value in every frame. */
export const CONTOUR_FUNCTIONALS: readonly string[] = [...DISTRIBUTION, ...CHANGES, ...TRENDS, ...BY_VOICE];
/** What is told of a contour that has values in voiced frames only. */
export const VOICE_FUNCTIONALS: readonly string[] = [...DISTRIBUTION, ...CHANGES, ...TRENDS];

/** Writes numbers one after another. */
export type Sink = { vector: Float64Array; length: number };

/** The functionals of contours that share one stretch of frames. */
export type Summariser = {
  /** Appends `CONTOUR_FUNCTIONALS` of a contour over the stretch. */
  ofContour(contour: Float32Array, sink: Sink): void;
  /** Appends `VOICE_FUNCTIONALS` of a contour; all are 0 when no frame has a voice. */
  ofVoice(contour: Float32Array, sink: Sink): void;
};

/**
 * Percentiles are NumPy's (linear between ranks). A delta is the slope over five frames at active ones, the contour continued
 * by its first and last value (`delta_N_9`-like, as in HTK with a window of 2); of a voice it is the difference of
 * consecutive voiced frames. A trend is twice the mean product with a cosine of k half periods over the stretch, gaps in
 * a voice bridged by straight lines.
 */
export function createSummariser(frames: number, { active, voiced, unvoiced }: FrameSets): Summariser {
  const cosines = TRENDS.map((_, k) =>
    Float64Array.from({ length: frames }, (_, frame) => Math.cos((Math.PI * (k + 1) * (frame + 0.5)) / frames)),
  );
  const room = new Float32Array(frames);
  const bridged = new Float32Array(frames);

  const trends = (contour: Float32Array, sink: Sink): void => {
    for (const cosine of cosines) {
      let sum = 0;
      for (let frame = 0; frame < frames; frame++) sum += contour[frame]! * cosine[frame]!;
      append(sink, (2 * sum) / frames);
    }
  };
  return {
    ofContour(contour, sink) {
      const values = gather(contour, active, room);
      const mean = appendDistribution(values, sink);
      appendChanges(fiveFrameSlopes(contour, active, room), sink);
      trends(contour, sink);
      const ofVoice = moments(gather(contour, voiced, room));
      append(sink, ofVoice.mean);
      append(sink, ofVoice.deviation);
      append(sink, unvoiced.length === 0 ? mean : moments(gather(contour, unvoiced, room)).mean);
    },
    ofVoice(contour, sink) {
      if (voiced.length === 0) {
        sink.length += VOICE_FUNCTIONALS.length;
        return;
      }
      appendDistribution(gather(contour, voiced, room), sink);
      appendChanges(voicedSteps(contour, voiced, room), sink);
      bridgeGaps(contour, voiced, bridged);
      trends(bridged, sink);
    },
  };
}

function append(sink: Sink, value: number): void {
  sink.vector[sink.length++] = value;
}

function gather(contour: Float32Array, frames: Uint32Array, room: Float32Array): Float32Array {
  for (let i = 0; i < frames.length; i++) room[i] = contour[frames[i]!]!;
  return room.subarray(0, frames.length);
}

type Moments = { mean: number; deviation: number };

/** Mean and population deviation; 0 of nothing. */
function moments(values: Float32Array): Moments {
  const count = Math.max(values.length, 1);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** Reorders the values. @returns the mean */
function appendDistribution(values: Float32Array, sink: Sink): number {
  const { mean, deviation } = moments(values);
  append(sink, mean);
  append(sink, deviation);
  append(sink, skewness(values, mean, deviation));
  values.sort();
  for (const share of [0.05, 0.2, 0.5, 0.8, 0.95]) append(sink, percentile(values, share));
  return mean;
}

/** 0 of what hardly varies, where rounding would decide. */
function skewness(values: Float32Array, mean: number, deviation: number): number {
  if (deviation <= 1e-6 * Math.abs(mean) + 1e-9) return 0;
  let cubes = 0;
  for (let i = 0; i < values.length; i++) {
    const z = (values[i]! - mean) / deviation;
    cubes += z * z * z;
  }
  return cubes / values.length;
}

function percentile(ascending: Float32Array, share: number): number {
  const rank = share * (ascending.length - 1);
  const below = Math.floor(rank);
  const low = ascending[below]!;
  return low + (rank - below) * (ascending[Math.min(below + 1, ascending.length - 1)]! - low);
}

/** Reorders the deltas; all are 0 when there is none. */
function appendChanges(deltas: Float32Array, sink: Sink): void {
  append(sink, moments(deltas).deviation);
  deltas.sort();
  for (const share of [0.05, 0.95]) append(sink, deltas.length === 0 ? 0 : percentile(deltas, share));
}

function fiveFrameSlopes(contour: Float32Array, frames: Uint32Array, room: Float32Array): Float32Array {
  const last = contour.length - 1;
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i]!;
    const near = contour[Math.min(frame + 1, last)]! - contour[Math.max(frame - 1, 0)]!;
    const far = contour[Math.min(frame + 2, last)]! - contour[Math.max(frame - 2, 0)]!;
    room[i] = (near + 2 * far) / 10;
  }
  return room.subarray(0, frames.length);
}

function voicedSteps(contour: Float32Array, voiced: Uint32Array, room: Float32Array): Float32Array {
  let count = 0;
  for (let i = 1; i < voiced.length; i++) {
    const frame = voiced[i]!;
    if (voiced[i - 1] === frame - 1) room[count++] = contour[frame]! - contour[frame - 1]!;
  }
  return room.subarray(0, count);
}

/** Straight lines between voiced frames; before the first and behind the last their values. */
function bridgeGaps(contour: Float32Array, voiced: Uint32Array, bridged: Float32Array): void {
  const first = voiced[0]!;
  bridged.fill(contour[first]!, 0, first + 1);
  for (let i = 1; i < voiced.length; i++) {
    const start = voiced[i - 1]!;
    const end = voiced[i]!;
    const rise = (contour[end]! - contour[start]!) / (end - start);
    for (let frame = start + 1; frame < end; frame++) bridged[frame] = contour[start]! + rise * (frame - start);
    bridged[end] = contour[end]!;
  }
  bridged.fill(contour[voiced.at(-1)!]!, voiced.at(-1));
}
