import { SerError } from '../../contracts/errors.js';
import type { SplitConfig, SplitProtocol } from '../../contracts/splits.js';
import type { Part, SplitRow } from '../../contracts/utterance.js';
import { groupsOf, placeGroups } from './placement.js';
import type { Group } from './placement.js';
import { holdOutRecordings } from './randomSplit.js';
import { PARTS, counted, inPart, orderByHash, sortBySha256 } from './recordings.js';
import type { SplitFractions, SplitInput } from './recordings.js';

export type GroupProtocol = Exclude<SplitProtocol, 'random'>;

/** What a protocol keeps in one part, and how the validation part is held out of what is not tested. */
type Grouping = {
  noun: string;
  /** Empty where it is not known. */
  nameOf: (row: SplitInput) => string;
  /** How many groups there have to be. */
  least: number;
  /** Whose recordings are held out together, where at least so many of them are left. */
  heldOut: (row: SplitInput) => string;
  leastHeldOut: number;
  /** What else: single recordings of whatever is left, or nothing, because the protocol would be broken. */
  otherwise: 'recordings' | 'refuse';
};

const speakerOf = ({ speaker }: SplitInput) => speaker;
const sentenceOf = ({ corpus, sentence }: SplitInput) => (sentence === '' ? '' : `${corpus} ${sentence}`);

/** In folds the size is a cell too: with this weight, six of the four corpora differ by 4 % instead of 46. */
const SIZE_WEIGHT = 16;

/** With two sentences left, holding one out would cost half of what can be trained on. */
export const LEAST_HELD_OUT = 3;

export const GROUPINGS: Record<GroupProtocol, Grouping> = {
  speaker: {
    noun: 'speaker',
    nameOf: speakerOf,
    least: 3,
    heldOut: speakerOf,
    leastHeldOut: 2,
    otherwise: 'refuse',
  },
  sentence: {
    noun: 'sentence',
    nameOf: sentenceOf,
    least: 2,
    heldOut: sentenceOf,
    leastHeldOut: LEAST_HELD_OUT,
    otherwise: 'recordings',
  },
  corpus: {
    noun: 'corpus',
    nameOf: ({ corpus }) => corpus,
    least: 2,
    heldOut: speakerOf,
    leastHeldOut: LEAST_HELD_OUT,
    otherwise: 'recordings',
  },
};

/**
 * Splits so that no speaker (sentence, corpus) of the test part is in another part. The validation part is held out of
 * the rest by whole speakers (sentences; with protocol `corpus` speakers), where there are enough of them.
 *
 * @param rows distinct recordings
 * @throws SerError `DataRefused` for too few groups, `BadInput` for recordings of no known group, `BadConfig` for a
 *   corpus that is none of them
 */
export function splitByGroup(
  rows: readonly SplitInput[],
  config: SplitConfig & { protocol: GroupProtocol },
  fractions: SplitFractions,
): SplitRow[] {
  const grouping = GROUPINGS[config.protocol];
  const groups = namedGroups(rows, grouping, config.protocol);
  const { nameOf } = grouping;
  if (config.fold === undefined && config.protocol !== 'corpus' && groups.length >= PARTS.length) {
    const shares = PARTS.map((part) => fractions[part]);
    return sortBySha256(inParts(rows, nameOf, placeGroups(groups, config.seed, shares), PARTS));
  }
  const tested = testedGroups(groups, config, grouping);
  const rest = rows.filter((row) => !tested.has(nameOf(row)));
  const test = rows.filter((row) => tested.has(nameOf(row)));
  return sortBySha256([...inPart(test, 'test'), ...holdOut(rest, grouping, config, fractions)]);
}

function namedGroups(rows: readonly SplitInput[], grouping: Grouping, protocol: GroupProtocol): Group[] {
  const { noun, nameOf, least } = grouping;
  const nameless = rows.filter((row) => nameOf(row) === '').length;
  if (nameless > 0) {
    throw new SerError(
      'BadInput',
      `${counted(nameless, 'recording')} without a known ${noun}`,
      `split by ${noun}`,
      `use --split random, or name the ${plural(noun)}`,
    );
  }
  const groups = protocol === 'corpus' ? groupsOf(rows, nameOf, () => '') : groupsOf(rows, nameOf);
  if (groups.length >= least) return groups;
  throw new SerError(
    'DataRefused',
    `found ${groups.length} ${groups.length === 1 ? noun : plural(noun)}, a split by ${noun} needs at least ${least}`,
    'catalogue',
    `use --split random, or add ${plural(noun)}`,
  );
}

function plural(noun: string): string {
  return noun === 'corpus' ? 'corpora' : `${noun}s`;
}

/** The groups of the test part: those of the fold, the corpus named, or the first by hash. */
function testedGroups(
  groups: readonly Group[],
  { seed, fold, leaveOut }: SplitConfig,
  { noun }: Grouping,
): ReadonlySet<string> {
  if (fold !== undefined) return groupsOfFold(groups, seed, fold, noun);
  const [first] = orderByHash(groups, seed, ({ name }) => name);
  const name = leaveOut ?? (first as Group).name;
  if (groups.some((group) => group.name === name)) return new Set([name]);
  const known = groups.map((group) => group.name).sort();
  throw new SerError('BadConfig', `got "${name}"`, '--leave-out', `The data have ${known.join(', ')}.`);
}

function groupsOfFold(
  groups: readonly Group[],
  seed: number,
  { index, of }: NonNullable<SplitConfig['fold']>,
  noun: string,
): ReadonlySet<string> {
  if (of > groups.length) {
    throw new SerError(
      'BadConfig',
      `got ${of} folds for ${groups.length} ${plural(noun)}`,
      'folds',
      `take at most ${groups.length}`,
    );
  }
  const sized = groups.map((group) => ({ ...group, counts: [...group.counts, SIZE_WEIGHT * group.size] }));
  const shares = Array.from({ length: of }, () => 1 / of);
  const foldOf = placeGroups(sized, seed, shares);
  return new Set([...foldOf].filter(([, fold]) => fold === index).map(([name]) => name));
}

/** Training and validation of what is not tested. */
function holdOut(
  rest: readonly SplitInput[],
  { noun, heldOut, leastHeldOut, otherwise }: Grouping,
  { seed }: SplitConfig,
  fractions: SplitFractions,
): SplitRow[] {
  const { train, validation } = fractions;
  const groups = groupsOf(rest, heldOut);
  if (groups.length >= leastHeldOut && rest.every((row) => heldOut(row) !== '')) {
    const share = validation / (train + validation);
    return inParts(rest, heldOut, placeGroups(groups, seed, [1 - share, share]), ['train', 'validation']);
  }
  if (otherwise === 'recordings') return holdOutRecordings(rest, seed, fractions);
  throw new SerError(
    'DataRefused',
    `the folds leave ${counted(groups.length, noun)} to train and validate on, at least ${leastHeldOut} are needed`,
    'catalogue',
    `take more folds, or add ${plural(noun)}`,
  );
}

function inParts(
  rows: readonly SplitInput[],
  nameOf: (row: SplitInput) => string,
  binOf: ReadonlyMap<string, number>,
  parts: readonly Part[],
): SplitRow[] {
  return rows.flatMap((row) => inPart([row], parts[binOf.get(nameOf(row)) as number] as Part));
}
