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
