import { SerError } from '../../core/contracts/errors.js';
import type { Part, SplitRow } from '../../core/contracts/utterance.js';
import { type FeatureTable, rowsOf } from './featureTable.js';

/** The recordings of one part with their class indices, in order of sha256. */
export type PartRows = { sha256s: string[]; values: Float64Array; classes: Int32Array };

/**
 * Picks one part of a split out of a table of features.
 *
 * @throws SerError `Incompatible` when a label is none of `labels`
 */
export function partRows(
  table: FeatureTable,
  split: readonly SplitRow[],
  labels: readonly string[],
  part: Part,
): PartRows {
  const rows = split.filter((row) => row.part === part);
  const classes = Int32Array.from(rows, ({ emotion }) => {
    const index = labels.indexOf(emotion);
    if (index < 0) throw new SerError('Incompatible', `the model does not know the label "${emotion}"`, part);
    return index;
  });
  const sha256s = rows.map(({ sha256 }) => sha256);
  return { sha256s, values: rowsOf(table, sha256s), classes };
}

/** A part with altered copies of its recordings behind it, each under the class of its recording. */
export function withCopies(part: PartRows, copies: readonly FeatureTable[]): Pick<PartRows, 'values' | 'classes'> {
  const classOf = new Map(part.sha256s.map((sha256, row) => [sha256, part.classes[row]!]));
  const classes = copies.flatMap(({ sha256s }) => sha256s.map((sha256) => classOf.get(sha256)!));
  const tables = [part.values, ...copies.map(({ values }) => values)];
  const values = new Float64Array(tables.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const table of tables) {
    values.set(table, offset);
    offset += table.length;
  }
  return { values, classes: Int32Array.from([...part.classes, ...classes]) };
}
