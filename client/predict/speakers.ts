import type { FileFeatures, FileWindows, WindowFeatures } from '../../activities/jobs/extractFiles.js';
import { SerError } from '../../core/contracts/errors.js';
import { ONLY_RECORDING } from '../../core/contracts/predictions.js';
import { type Bundle, measuresSpeakers } from '../../core/training/bundle.js';
import { LEAST_OF_SPEAKER, normaliseBySpeaker, rowsBySpeaker } from '../../core/training/speakerNormalisation.js';
import { listSpeakers } from '../recordingList.js';

/** Who speaks in a file. */
export type SpeakerOf = (file: string) => string;

/**
 * Who speaks in each of some files, for a model that measures recordings against others of their speaker; undefined for a
 * model that does not.
 *
 * @throws SerError `BadConfig` for files of nobody known, saying what to type; or when the model does not ask
 */
export async function speakersFor(
  bundle: Pick<Bundle, 'metadata'>,
  files: readonly string[],
  words: readonly string[],
  oneSpeaker: boolean,
  workingFolder: string,
): Promise<SpeakerOf | undefined> {
  if (!measuresSpeakers(bundle)) {
    if (!oneSpeaker) return undefined;
    throw new SerError('BadConfig', 'goes with models that measure speakers only', '--one-speaker', 'Leave it out.');
  }
  if (oneSpeaker) return () => 'the one speaker';
  const speakers = await listSpeakers(words, workingFolder);
  const unknown = files.filter((file) => (speakers.get(file) ?? '') === '');
  if (unknown.length === 0) return (file) => speakers.get(file)!;
  throw new SerError(
    'BadConfig',
    `the model measures recordings against others of their speaker, and nobody knows who speaks in ${unknown.length} of ${files.length}`,
    unknown[0],
    'Name a .csv list with columns file and speaker, or say --one-speaker if one person speaks in all of them.',
  );
}

/** Features of files, measured against those of their speakers. */
export function filesBySpeaker(rows: readonly FileFeatures[], speakerOf: SpeakerOf): FileFeatures[] {
  const next = measured(
    rows.flatMap((row) => ('error' in row ? [] : [{ speaker: speakerOf(row.path), values: row.values }])),
  );
  return rows.map((row) => {
    if ('error' in row) return row;
    const values = next();
    return values === undefined ? { path: row.path, error: ONLY_RECORDING } : { ...row, values };
  });
}

/** Features of spans, measured against all spans of their speakers. */
export function windowsBySpeaker(rows: readonly FileWindows[], speakerOf: SpeakerOf): FileWindows[] {
  const next = measured(
    rows.flatMap((row) => {
      if ('error' in row) return [];
      const speaker = speakerOf(row.path);
      return row.windows.flatMap((span) => ('error' in span ? [] : [{ speaker, values: span.values }]));
    }),
  );
  const spanOf = (span: WindowFeatures): WindowFeatures => {
    if ('error' in span) return span;
    const { start, end, peak } = span;
    const values = next();
    return values === undefined ? { start, end, peak, error: ONLY_RECORDING } : { ...span, values };
  };
  return rows.map((row) => ('error' in row ? row : { ...row, windows: row.windows.map(spanOf) }));
}

/** The measured vectors, one a call in the order given; undefined for one whose speaker has no other. */
function measured(vectors: readonly { speaker: string; values: Float64Array }[]): () => Float64Array | undefined {
  const counts = rowsBySpeaker(vectors.map(({ speaker }) => speaker));
  const enough = vectors.filter(({ speaker }) => counts.get(speaker)!.length >= LEAST_OF_SPEAKER);
  const columns = vectors[0]?.values.length ?? 0;
  const rows = new Float64Array(enough.length * columns);
  enough.forEach(({ values }, row) => rows.set(values, row * columns));
  const speakers = enough.map(({ speaker }) => speaker);
  const normalised = normaliseBySpeaker(rows, columns, speakers);
  let vector = 0;
  let row = 0;
  return () => {
    if (vectors[vector++] !== enough[row]) return undefined;
    row += 1;
    return normalised.subarray((row - 1) * columns, row * columns);
  };
}
