import { createHash } from 'node:crypto';
import { SerError } from '../contracts/errors.js';
import { labelOrder } from '../contracts/emotions.js';
import { SPLIT_FRACTIONS } from '../contracts/stages.js';
import type { Part, SplitRow, Utterance } from '../contracts/utterance.js';

export type SplitFractions = Record<Part, number>;

export type SplitOptions = { seed: number; fractions?: SplitFractions };

export const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/** What a split looks at. */
export type SplitInput = Pick<Utterance, 'sha256' | 'corpus' | 'emotion' | 'speaker'>;

/**
 * Splits each class by itself, in the order of a hash of (seed, sha256), so that growing data move few files from one
 * part to another. Totals and classes follow the fractions by largest remainders; every class has a file in each part.
 *
 * @returns one row per distinct recording, ordered by sha256
 * @throws SerError `DataRefused` for fewer than two classes or a class of fewer than three recordings; `BadInput` for
 *   one recording under two labels; `BadConfig` for fractions that are no shares
 */
export function splitRandom(
  rows: readonly SplitInput[],
  { seed, fractions = SPLIT_FRACTIONS }: SplitOptions,
): SplitRow[] {
  checkFractions(fractions);
  const distinct = distinctRecordings(rows);
  const classes = groupByEmotion(distinct);
  for (const [emotion, members] of classes) {
    if (members.length >= PARTS.length) continue;
    throw new SerError(
      'DataRefused',
      `the class has ${counted(members.length, 'usable recording')}, a split needs at least ${PARTS.length} (one in each part)`,
      emotion,
      'add recordings of this class or leave it out',
    );
  }
  const sizes = [...classes.values()].map((members) => members.length);
  const test = partSizes(sizes, fractions.test, (index) => (sizes[index] as number) - 2);
  const validation = partSizes(
    sizes,
    fractions.validation,
    (index) => (sizes[index] as number) - (test[index] as number) - 1,
  );
  const split = [...classes.values()].flatMap((members, index) => {
    const ordered = orderByHash(members, seed, (member) => member.sha256);
    const testEnd = test[index] as number;
    const validationEnd = testEnd + (validation[index] as number);
    return ordered.map(({ sha256, emotion }, position): SplitRow => ({
      sha256,
      emotion,
      part: position < testEnd ? 'test' : position < validationEnd ? 'validation' : 'train',
    }));
  });
  return sortByHash(split);
}

/**
 * How many of each class go into a part: its share, rounded so that the total is right; at least one, and no more than
 * there is room for.
 */
function partSizes(classSizes: number[], fraction: number, roomOf: (index: number) => number): number[] {
  const total = Math.round(classSizes.reduce((sum, size) => sum + size, 0) * fraction);
  const sizes = classSizes.map((size, index) => Math.min(roomOf(index), Math.max(1, Math.floor(size * fraction))));
  const remainderOf = (index: number) => (classSizes[index] as number) * fraction - (sizes[index] as number);
  const byRemainder = [...sizes.keys()]
    .filter((index) => (sizes[index] as number) < roomOf(index))
    .sort((a, b) => remainderOf(b) - remainderOf(a) || a - b);
  const missing = total - sizes.reduce((sum, size) => sum + size, 0);
  for (const index of byRemainder.slice(0, Math.max(0, missing))) sizes[index] = (sizes[index] as number) + 1;
  return sizes;
}

/** @throws SerError `BadConfig` unless the three are positive and add up to 1 */
export function checkFractions(fractions: SplitFractions): void {
  const sum = PARTS.reduce((total, part) => total + fractions[part], 0);
  if (PARTS.every((part) => fractions[part] > 0) && Math.abs(sum - 1) < 1e-9) return;
  throw new SerError('BadConfig', `got ${JSON.stringify(fractions)}, takes three shares that add up to 1`, 'fractions');
}

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

export function sortByHash(split: SplitRow[]): SplitRow[] {
  return split.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
