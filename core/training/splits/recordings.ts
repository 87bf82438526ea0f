import { createHash } from 'node:crypto';
import { labelOrder } from '../../contracts/emotions.js';
import { SerError } from '../../contracts/errors.js';
import type { Part, SplitRow, Utterance } from '../../contracts/utterance.js';

export const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/** What a split looks at. */
export type SplitInput = Pick<Utterance, 'sha256' | 'corpus' | 'emotion' | 'speaker' | 'sentence'>;

export type SplitFractions = Record<Part, number>;

/** One row per sha256. Contradictory labels are the catalogue's business and must not reach a split. */
export function distinctRecordings<Row extends SplitInput>(rows: readonly Row[]): Row[] {
  const byHash = new Map<string, Row>();
  for (const row of rows) {
    const known = byHash.get(row.sha256);
    if (known === undefined) byHash.set(row.sha256, row);
    else if (known.emotion !== row.emotion) {
      throw new SerError('BadInput', `one recording, two labels: ${known.emotion} and ${row.emotion}`, row.sha256);
    }
  }
  return [...byHash.values()];
}

/** The classes in the order of all tables. @throws SerError `DataRefused` for fewer than two */
export function groupByEmotion<Row extends SplitInput>(rows: readonly Row[]): Map<string, Row[]> {
  const classes = new Map(labelOrder(rows.map((row) => row.emotion)).map((emotion) => [emotion, [] as Row[]]));
  for (const row of rows) classes.get(row.emotion)?.push(row);
  if (classes.size >= 2) return classes;
  const found = classes.size === 0 ? 'no class at all' : `one class only (${[...classes.keys()].join('')})`;
  throw new SerError('DataRefused', `found ${found}, a classifier needs at least two`, 'catalogue');
}

/** Sorts by a hash of (seed, name): random to the eye, the same for ever, and indifferent to what else is there. */
export function orderByHash<Item>(items: readonly Item[], seed: number, nameOf: (item: Item) => string): Item[] {
  return items
    .map((item) => ({
      item,
      rank: createHash('sha256')
        .update(`${seed}\0${nameOf(item)}`)
        .digest('hex'),
    }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item);
}

/** Recordings with their part, as a split is written: in order of sha256. */
export function inPart(rows: readonly SplitInput[], part: Part): SplitRow[] {
  return rows.map(({ sha256, emotion }) => ({ sha256, emotion, part }));
}

export function sortBySha256(split: SplitRow[]): SplitRow[] {
  return split.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
