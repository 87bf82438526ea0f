import type { SplitProtocol } from '../../contracts/splits.js';
import type { Part, SplitRow } from '../../contracts/utterance.js';
import { GROUPINGS, LEAST_HELD_OUT } from './groupSplit.js';
import { PARTS } from './recordings.js';
import type { SplitInput } from './recordings.js';

/** What a split's manifest records: that nothing leaks from one part into another, counted and not assumed. */
export type SplitProof = {
  protocol: SplitProtocol;
  /** Whether every condition of the protocol is met. */
  holds: boolean;
  recordings: Record<Part, number>;
  speakers: Record<Part, number>;
  /** Recordings (sha256) in more than one part; must be none. */
  sharedRecordings: string[];
  /** Speakers in more than one part; must be none when the protocol is `speaker`. */
  sharedSpeakers: string[];
  /** What the protocol keeps apart (speakers, sentences, corpora), in the test part and in another; must be none. */
  sharedWithTest: string[];
  /**
   * The same in training and validation; must be none when the protocol is `speaker`, or `sentence` with enough sentences
   * to hold one out. Corpora are in both.
   */
  sharedWithValidation: string[];
  /** Recordings of classes that nothing is trained on, and so in no part; only where a protocol gives the test part. */
  leftOut: string[];
  /** Other recordings of the catalogue in no part, and rows of the split in no catalogue; must be none. */
  unassigned: string[];
  unknown: string[];
};

/**
 * Counts what a split has in common between its parts. Looks at the split as it was written, not at how it was made.
 *
 * @param catalogue the usable utterances the split was made from
 */
export function proveNoLeak(
  split: readonly SplitRow[],
  catalogue: readonly SplitInput[],
  protocol: SplitProtocol,
): SplitProof {
  const rowOf = new Map(catalogue.map((row) => [row.sha256, row]));
  const members = (nameOf: (row: SplitInput) => string) => membersOfParts(split, rowOf, nameOf);
  const recordings = membersOfParts(split, rowOf);
  const speakers = members(({ speaker }) => speaker);
  const kept = protocol === 'random' ? undefined : members(GROUPINGS[protocol].nameOf);
  const outside = kept === undefined ? [] : [...kept.train, ...kept.validation];
  const trained = new Set(split.filter(({ part }) => part === 'train').map(({ emotion }) => emotion));
  const assigned = new Set(split.map(({ sha256 }) => sha256));
  const missing = [...rowOf.values()].filter(({ sha256 }) => !assigned.has(sha256));
  const mayBeLeftOut = ({ emotion }: SplitInput) => protocol !== 'random' && !trained.has(emotion);
  const found = {
    sharedRecordings: inSeveral(recordings),
    sharedSpeakers: inSeveral(speakers),
    sharedWithTest: common(kept?.test, new Set(outside)),
    sharedWithValidation: common(kept?.validation, kept?.train),
    leftOut: hashesOf(missing.filter(mayBeLeftOut)),
    unassigned: hashesOf(missing.filter((row) => !mayBeLeftOut(row))),
    unknown: [...assigned].filter((sha256) => !rowOf.has(sha256)).sort(),
  };
  const forbidden = [found.sharedRecordings, found.sharedWithTest, found.unassigned, found.unknown];
  const canHoldOut = new Set(outside).size >= LEAST_HELD_OUT;
  if (protocol === 'speaker' || (protocol === 'sentence' && canHoldOut)) forbidden.push(found.sharedWithValidation);
  return {
    protocol,
    holds: forbidden.every((offenders) => offenders.length === 0),
    recordings: sizes(recordings),
    speakers: sizes(speakers),
    ...found,
  };
}

type Members = Record<Part, Set<string>>;

/** The recordings of each part or, by name, what they are grouped by. */
function membersOfParts(
  split: readonly SplitRow[],
  rowOf: ReadonlyMap<string, SplitInput>,
  nameOf?: (row: SplitInput) => string,
): Members {
  const members: Members = { train: new Set(), validation: new Set(), test: new Set() };
  for (const { sha256, part } of split) {
    const row = rowOf.get(sha256);
    const name = nameOf === undefined ? sha256 : row === undefined ? '' : nameOf(row);
    members[part].add(name);
  }
  return members;
}

function inSeveral(members: Members): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const part of PARTS) {
    for (const name of members[part]) (seen.has(name) ? repeated : seen).add(name);
  }
  repeated.delete('');
  return [...repeated].sort();
}

function common(some: ReadonlySet<string> = new Set(), others: ReadonlySet<string> = new Set()): string[] {
  return [...some].filter((name) => name !== '' && others.has(name)).sort();
}

function hashesOf(rows: readonly SplitInput[]): string[] {
  return rows.map(({ sha256 }) => sha256).sort();
}

function sizes(members: Members): Record<Part, number> {
  return { train: members.train.size, validation: members.validation.size, test: members.test.size };
}
