import type { Utterance } from '../contracts/utterance.js';
import { doublesOf, type ParquetColumn, type ParquetTable, stringsOf } from '../store/parquet.js';

const COLUMN_TYPES = {
  sha256: 'STRING',
  corpus: 'STRING',
  emotion: 'STRING',
  code: 'STRING',
  speaker: 'STRING',
  sex: 'STRING',
  sentence: 'STRING',
  intensity: 'STRING',
  take: 'STRING',
  split: 'STRING',
  sampleRate: 'DOUBLE',
  channels: 'DOUBLE',
  durationSeconds: 'DOUBLE',
  container: 'STRING',
  peak: 'DOUBLE',
  rms: 'DOUBLE',
  clippedShare: 'DOUBLE',
  path: 'STRING',
  sizeBytes: 'DOUBLE',
  status: 'STRING',
  reason: 'STRING',
} as const satisfies Record<keyof Utterance, 'STRING' | 'DOUBLE'>;

const COLUMNS = Object.keys(COLUMN_TYPES) as (keyof Utterance)[];

/** The rows of a catalogue as Parquet columns, in a fixed order. */
export function catalogueColumns(rows: readonly Utterance[]): ParquetColumn[] {
  return COLUMNS.map((name): ParquetColumn => {
    const values = rows.map((row) => row[name]);
    return COLUMN_TYPES[name] === 'STRING'
      ? { name, type: 'STRING', data: values.map(String) }
      : { name, type: 'DOUBLE', data: Float64Array.from(values, Number) };
  });
}

/**
 * The rows that {@link catalogueColumns} was given.
 *
 * @throws SerError `BadInput` for a table that lacks a column
 */
export function catalogueRows(table: ParquetTable): Utterance[] {
  const columns = COLUMNS.map((name) => ({
    name,
    data: COLUMN_TYPES[name] === 'STRING' ? stringsOf(table, name) : doublesOf(table, name),
  }));
  return Array.from(
    { length: table.rowCount },
    (_, row) => Object.fromEntries(columns.map(({ name, data }) => [name, data[row]])) as Utterance,
  );
}
