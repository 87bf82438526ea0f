import { SerError } from '../../contracts/errors.js';
import type { SplitConfig } from '../../contracts/splits.js';
import type { SplitRow } from '../../contracts/utterance.js';
import { PARTS, counted, groupByEmotion, inPart, orderByHash, sortBySha256 } from './recordings.js';
import type { SplitFractions, SplitInput } from './recordings.js';

/**
 * Splits each class by itself, in the order of a hash of (seed, sha256), so that growing data move few files from one
 * part to another. Totals and classes follow the fractions by largest remainders; every class has a file in each part.
 *
 * @param rows distinct recordings
 * @throws SerError `DataRefused` for fewer than two classes or a class of fewer than three recordings
 */
export function splitRandom(rows: readonly SplitInput[], seed: number, fractions: SplitFractions): SplitRow[] {
  const classes = orderedClasses(rows, seed);
  const sizes = classes.map((members) => members.length);
  const test = partSizes(sizes, fractions.test, (index) => (sizes[index] as number) - 2);
  const validation = partSizes(
    sizes,
    fractions.validation,
    (index) => (sizes[index] as number) - (test[index] as number) - 1,
  );
  return sortBySha256(
    classes.flatMap((ordered, index) => {
      const testEnd = test[index] as number;
      const validationEnd = testEnd + (validation[index] as number);
      return [
        ...inPart(ordered.slice(0, testEnd), 'test'),
        ...inPart(ordered.slice(testEnd, validationEnd), 'validation'),
        ...inPart(ordered.slice(validationEnd), 'train'),
      ];
    }),
  );
}

/**
 * One fold of a stratified cross-validation: each class is cut, in the order of its hashes, into slices of equal size, of
 * which the fold's is the test part. What follows on it, round the end, is the validation part, the rest is trained on.
 * The odd files of the classes go to the folds in turn, so that all folds are of one size (scikit-learn's
 * `StratifiedKFold`).
 *
 * @param rows distinct recordings
 * @throws SerError `DataRefused` for fewer than two classes or a class of fewer than three recordings
 */
export function foldRandom(
  rows: readonly SplitInput[],
  seed: number,
  { index, of }: NonNullable<SplitConfig['fold']>,
  fractions: SplitFractions,
): SplitRow[] {
  const classes = orderedClasses(rows, seed);
  let before = 0;
  const rests = classes.map((ordered) => {
    const sizeOf = (fold: number) => Math.ceil((before + ordered.length - fold) / of) - Math.ceil((before - fold) / of);
    const start = Array.from({ length: index }, (_, fold) => sizeOf(fold)).reduce((sum, size) => sum + size, 0);
    const end = start + sizeOf(index);
    before += ordered.length;
    return { test: ordered.slice(start, end), rest: [...ordered.slice(end), ...ordered.slice(0, start)] };
  });
  const validation = validationSizes(
    rests.map(({ rest }) => rest.length),
    fractions,
  );
  return sortBySha256(
    rests.flatMap(({ test, rest }, position) => [
      ...inPart(test, 'test'),
      ...inPart(rest.slice(0, validation[position]), 'validation'),
      ...inPart(rest.slice(validation[position]), 'train'),
    ]),
  );
}

/**
 * Divides what is not tested into training and validation, class by class in the order of the hashes. A class of one
 * recording is trained on.
 */
export function holdOutRecordings(rows: readonly SplitInput[], seed: number, fractions: SplitFractions): SplitRow[] {
  const classes = [...groupByEmotion(rows).values()].map((members) => orderByHash(members, seed, bySha256));
  const validation = validationSizes(
    classes.map((members) => members.length),
    fractions,
  );
  return classes.flatMap((ordered, index) => [
    ...inPart(ordered.slice(0, validation[index]), 'validation'),
    ...inPart(ordered.slice(validation[index]), 'train'),
  ]);
}

/** Of what is not tested, the share that the validation part has of training and validation together. */
function validationSizes(sizes: number[], { train, validation }: SplitFractions): number[] {
  return partSizes(sizes, validation / (train + validation), (index) => (sizes[index] as number) - 1);
}

const bySha256 = ({ sha256 }: SplitInput) => sha256;

/** Each class in the order of its hashes. */
function orderedClasses(rows: readonly SplitInput[], seed: number): SplitInput[][] {
  return [...groupByEmotion(rows)].map(([emotion, members]) => {
    if (members.length >= PARTS.length) return orderByHash(members, seed, bySha256);
    throw new SerError(
      'DataRefused',
      `the class has ${counted(members.length, 'usable recording')}, a split needs at least ${PARTS.length} (one in each part)`,
      emotion,
      'add recordings of this class or leave it out',
    );
  });
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
