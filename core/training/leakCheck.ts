import type { SplitProtocol } from '../contracts/runs.js';
import type { Part, SplitRow } from '../contracts/utterance.js';
import { PARTS } from './splits.js';
import type { SplitInput } from './splits.js';

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
  /** Recordings of the catalogue in no part, and rows of the split in no catalogue; must be none. */
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
  const speakerOf = new Map(catalogue.map((row) => [row.sha256, row.speaker]));
  const recordings = new Map(PARTS.map((part) => [part, new Set<string>()]));
  const speakers = new Map(PARTS.map((part) => [part, new Set<string>()]));
  for (const { sha256, part } of split) {
    recordings.get(part)?.add(sha256);
    speakers.get(part)?.add(speakerOf.get(sha256) ?? '');
  }
  const assigned = new Set(split.map((row) => row.sha256));
  const found = {
    sharedRecordings: inSeveral(recordings),
    sharedSpeakers: inSeveral(speakers).filter((speaker) => speaker !== ''),
    unassigned: [...speakerOf.keys()].filter((sha256) => !assigned.has(sha256)).sort(),
    unknown: [...assigned].filter((sha256) => !speakerOf.has(sha256)).sort(),
  };
  const forbidden = [found.sharedRecordings, found.unassigned, found.unknown];
  if (protocol === 'speaker') forbidden.push(found.sharedSpeakers);
  return {
    protocol,
    holds: forbidden.every((offenders) => offenders.length === 0),
    recordings: sizes(recordings),
    speakers: sizes(speakers),
    ...found,
  };
}

function inSeveral(parts: Map<Part, Set<string>>): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const members of parts.values()) {
    for (const member of members) (seen.has(member) ? repeated : seen).add(member);
  }
  return [...repeated].sort();
}

function sizes(parts: Map<Part, Set<string>>): Record<Part, number> {
  const sizeOf = (part: Part) => parts.get(part)?.size ?? 0;
  return { train: sizeOf('train'), validation: sizeOf('validation'), test: sizeOf('test') };
}
