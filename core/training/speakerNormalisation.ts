import { SerError } from '../contracts/errors.js';
import { fitScaler } from './scaler.js';
import type { Scaler } from './scaler.js';

/** A speaker's deviation takes two recordings; a good one takes many more. */
export const LEAST_OF_SPEAKER = 2;

/**
 * Measures each speaker's features against that speaker's own mean and deviation, so that what is left tells how somebody
 * speaks and not who does. No label is used. A column in which a speaker never differs becomes 0.
 *
 * @param rows n x columns, row by row
 * @param speakers of each row
 * @returns n x columns: a new array
 * @throws SerError `BadInput` for rows without a speaker or a value that is not finite, `DataRefused` for a speaker of a
 *   single row
 */
export function normaliseBySpeaker(rows: Float64Array, columns: number, speakers: readonly string[]): Float64Array {
  return measureAgainst(fitSpeakers(rows, columns, speakers), rows, columns, speakers);
}

/** Mean and deviation of every speaker. @throws SerError as `normaliseBySpeaker` does */
export function fitSpeakers(
  rows: Float64Array,
  columns: number,
  speakers: readonly string[],
): ReadonlyMap<string, Scaler> {
  const scalers = new Map<string, Scaler>();
  for (const [speaker, indices] of rowsBySpeaker(speakers)) {
    checkSpeaker(speaker, indices.length);
    scalers.set(speaker, fitScaler(rows, columns, indices));
  }
  return scalers;
}

/** Measures rows against what their speakers were fitted to on these or other rows. */
export function measureAgainst(
  scalers: ReadonlyMap<string, Scaler>,
  rows: Float64Array,
  columns: number,
  speakers: readonly string[],
): Float64Array {
  const measured = new Float64Array(rows.length);
  speakers.forEach((speaker, row) => {
    const { mean, scale } = scalers.get(speaker) as Scaler;
    for (let column = 0; column < columns; column++) {
      const deviation = (rows[row * columns + column] as number) - (mean[column] as number);
      measured[row * columns + column] = deviation / (scale[column] as number);
    }
  });
  return measured;
}

/** The rows of each speaker, in the order in which speakers first occur. */
export function rowsBySpeaker(speakers: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  speakers.forEach((speaker, row) => {
    const own = rows.get(speaker);
    if (own === undefined) rows.set(speaker, [row]);
    else own.push(row);
  });
  return rows;
}

function checkSpeaker(speaker: string, count: number): void {
  const remedy = 'train with --normalise global';
  if (speaker === '') {
    throw new SerError('BadInput', `${count} recordings without a known speaker`, 'normalise by speaker', remedy);
  }
  if (count >= LEAST_OF_SPEAKER) return;
  const what = `has ${count} recording, normalising by speaker takes at least ${LEAST_OF_SPEAKER}`;
  throw new SerError('DataRefused', what, speaker, `add recordings of this speaker, leave it out, or ${remedy}`);
}
