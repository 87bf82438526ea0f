import type { ThreadPool } from '../../activities/dependencies.js';
import type { Windows } from '../../activities/jobs/extractFiles.js';
import type { Answer, Prediction } from '../predict/prediction.js';
import { windowsOf } from '../predict/windows.js';
import type { SentRecording } from './body.js';
import type { ServedModel } from './model.js';
import { RequestError } from './requestError.js';

/** A timeline ends here, however long the recording is. */
const TIMELINE_SECONDS = 600;
const LEAST_HOP_SECONDS = 0.1;

/** What the model says of one span (seconds); a span without features is its error. */
export type TimelineEntry = { start: number; end: number } & (Answer | { error: string });

/** The body of an answered request. */
export type PredictionAnswer = Answer & {
  durationSeconds: number;
  warnings: string[];
  model: string;
  timeline?: TimelineEntry[];
};

/** @throws SerError `BadConfig`, RequestError 400: spans that the features do not see in full, or too many of them */
export function requestedWindows(query: URLSearchParams, { featureSet }: ServedModel): Windows | undefined {
  const windows = windowsOf(
    { window: query.get('window') ?? undefined, hop: query.get('hop') ?? undefined },
    featureSet,
  );
  if (windows === undefined || windows.hop >= LEAST_HOP_SECONDS) return windows;
  throw new RequestError(400, 'BadRequest', `hop: it takes seconds, at least ${LEAST_HOP_SECONDS}`);
}

/**
 * Asks a model about a recording. Threads compute the features; the network takes less than it costs to hand its numbers over.
 *
 * @throws RequestError 422 for what is no usable recording
 */
export async function answer(
  pool: ThreadPool,
  model: ServedModel,
  { name, bytes }: SentRecording,
  windows: Windows | undefined,
  signal: AbortSignal,
): Promise<PredictionAnswer> {
  const input = { name, bytes, features: model.featureSet.name };
  const spans = windows && { windows: { ...windows, maxSeconds: TIMELINE_SECONDS } };
  const features = await pool.run('extractBytes', { ...input, ...spans }, { signal });
  const [whole] = model.recogniser.files([features.whole]);
  if (whole === undefined || 'error' in whole) {
    throw new RequestError(422, 'BadInput', whole?.error ?? 'has no samples');
  }
  const { emotion, probability, probabilities, durationSeconds, warnings } = whole;
  const cut = windows !== undefined && durationSeconds > TIMELINE_SECONDS;
  return {
    emotion,
    probability,
    probabilities,
    durationSeconds,
    warnings: cut ? [...warnings, `the timeline ends after ${TIMELINE_SECONDS} s`] : warnings,
    model: model.name,
    ...(features.windows && { timeline: model.recogniser.windows([features.windows]).map(entryOf) }),
  };
}

function entryOf(row: Prediction): TimelineEntry {
  const { start = 0, end = 0 } = row;
  if ('error' in row) return { start, end, error: row.error };
  const { emotion, probability, probabilities } = row;
  return { start, end, emotion, probability, probabilities };
}
