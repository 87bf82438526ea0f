import { orderByHash } from './recordings.js';
import type { SplitInput } from './recordings.js';

/** A speaker, sentence or corpus, with how many recordings there are of each cell (a class in a corpus). */
export type Group = { name: string; counts: number[]; size: number };

/** What groups are put into, with its share of all recordings. */
type Bin = { filled: number[]; wanted: number[]; groups: number };

/** The groups of some recordings. */
export function groupsOf(
  rows: readonly SplitInput[],
  nameOf: (row: SplitInput) => string,
  cellOf = ({ corpus, emotion }: SplitInput) => `${corpus}\0${emotion}`,
): Group[] {
  const cells = [...new Set(rows.map(cellOf))].sort();
  const indexOf = new Map(cells.map((cell, index) => [cell, index]));
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name) ?? { name, counts: cells.map(() => 0), size: 0 };
    const index = indexOf.get(cellOf(row)) as number;
    group.counts[index] = (group.counts[index] as number) + 1;
    group.size++;
    groups.set(name, group);
  }
  return [...groups.values()];
}

/**
 * Puts whole groups into bins. The largest are placed first, equals in the order of a hash of (seed, name), each into the
 * bin that it brings closest to its share of every cell; no bin stays empty while there are groups for all.
 *
 * @param shares of each bin, adding up to 1
 * @returns the index of its bin by the name of a group
 */
export function placeGroups(groups: readonly Group[], seed: number, shares: readonly number[]): Map<string, number> {
  const ordered = orderByHash(groups, seed, ({ name }) => name).sort((a, b) => b.size - a.size);
  const totals = (ordered[0]?.counts ?? []).map((_, cell) =>
    ordered.reduce((sum, { counts }) => sum + (counts[cell] as number), 0),
  );
  const bins = shares.map((share): Bin => {
    return { filled: totals.map(() => 0), wanted: totals.map((total) => total * share), groups: 0 };
  });
  const binOf = new Map<string, number>();
  ordered.forEach((group, index) => {
    const empty = bins.filter(({ groups: count }) => count === 0);
    const open = empty.length === ordered.length - index ? empty : bins;
    const best = open.reduce((a, b) => (changeOfMisfit(group, b) < changeOfMisfit(group, a) ? b : a));
    best.filled = best.filled.map((count, cell) => count + (group.counts[cell] as number));
    best.groups++;
    binOf.set(group.name, bins.indexOf(best));
  });
  return binOf;
}

/** By how much the chi-squared distance of a bin from its shares changes when the group joins it. */
function changeOfMisfit({ counts }: Group, { filled, wanted }: Bin): number {
  return wanted.reduce((sum, goal, cell) => {
    const before = (filled[cell] as number) - goal;
    const after = before + (counts[cell] as number);
    return sum + (after * after - before * before) / goal;
  }, 0);
}
