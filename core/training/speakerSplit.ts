import { SerError } from '../contracts/errors.js';
import { SPLIT_FRACTIONS } from '../contracts/stages.js';
import type { Part, SplitRow } from '../contracts/utterance.js';
import {
  PARTS,
  checkFractions,
  counted,
  distinctRecordings,
  groupByEmotion,
  orderByHash,
  sortByHash,
} from './splits.js';
import type { SplitFractions, SplitInput, SplitOptions } from './splits.js';

/** A speaker with how many recordings there are of each cell, a class in a corpus. */
type Speaker = { name: string; counts: number[]; size: number };

/** Recordings of each cell: in a part so far, and as the fractions would have it. */
type Fill = { filled: number[]; wanted: number[]; speakers: number };

/**
 * Splits by speaker: nobody is heard in two parts. The largest speakers are placed first, equals in the order of a hash
 * of (seed, speaker), each into the part that it brings closest to its share of every class in every corpus.
 *
 * @returns one row per distinct recording, ordered by sha256
 * @throws SerError `DataRefused` for fewer than two classes, fewer than three speakers or a class that no training
 *   speaker has; `BadInput` for recordings without a speaker or under two labels; `BadConfig` for bad fractions
 */
export function splitBySpeaker(
  rows: readonly SplitInput[],
  { seed, fractions = SPLIT_FRACTIONS }: SplitOptions,
): SplitRow[] {
  checkFractions(fractions);
  const distinct = distinctRecordings(rows);
  const emotions = [...groupByEmotion(distinct).keys()];
  const speakers = placementOrder(speakersOf(distinct), seed);
  const partOf = placeSpeakers(speakers, fractions);
  const split = distinct.map(({ sha256, emotion, speaker }): SplitRow => {
    return { sha256, emotion, part: partOf.get(speaker) as Part };
  });
  const trained = new Set(split.filter((row) => row.part === 'train').map((row) => row.emotion));
  const untrained = emotions.find((emotion) => !trained.has(emotion));
  if (untrained !== undefined) {
    throw new SerError('DataRefused', 'no speaker of the training part has this class', untrained, 'add speakers');
  }
  return sortByHash(split);
}

function speakersOf(rows: readonly SplitInput[]): Speaker[] {
  const nameless = rows.filter((row) => row.speaker === '').length;
  if (nameless > 0) {
    throw new SerError(
      'BadInput',
      `${counted(nameless, 'recording')} without a known speaker`,
      'split by speaker',
      'use --split random, or name the speakers',
    );
  }
  const cellOf = ({ corpus, emotion }: SplitInput) => `${corpus}\0${emotion}`;
  const cells = [...new Set(rows.map(cellOf))].sort();
  const indexOf = new Map(cells.map((cell, index) => [cell, index]));
  const speakers = new Map<string, Speaker>();
  for (const row of rows) {
    const speaker = speakers.get(row.speaker) ?? { name: row.speaker, counts: cells.map(() => 0), size: 0 };
    const index = indexOf.get(cellOf(row)) as number;
    speaker.counts[index] = (speaker.counts[index] as number) + 1;
    speaker.size++;
    speakers.set(row.speaker, speaker);
  }
  if (speakers.size < PARTS.length) {
    throw new SerError(
      'DataRefused',
      `found ${counted(speakers.size, 'speaker')}, a split by speaker needs at least ${PARTS.length}`,
      'catalogue',
      'use --split random, or add speakers',
    );
  }
  return [...speakers.values()];
}

function placementOrder(speakers: Speaker[], seed: number): Speaker[] {
  return orderByHash(speakers, seed, (speaker) => speaker.name).sort((a, b) => b.size - a.size);
}

function placeSpeakers(speakers: Speaker[], fractions: SplitFractions): Map<string, Part> {
  const totals = (speakers[0] as Speaker).counts.map((_, cell) =>
    speakers.reduce((sum, speaker) => sum + (speaker.counts[cell] as number), 0),
  );
  const fills = PARTS.map((part) => ({
    part,
    filled: totals.map(() => 0),
    wanted: totals.map((total) => total * fractions[part]),
    speakers: 0,
  }));
  const partOf = new Map<string, Part>();
  speakers.forEach((speaker, index) => {
    const empty = fills.filter((fill) => fill.speakers === 0);
    const open = empty.length === speakers.length - index ? empty : fills;
    const best = open.reduce((a, b) => (changeOfMisfit(speaker, b) < changeOfMisfit(speaker, a) ? b : a));
    best.filled = best.filled.map((count, cell) => count + (speaker.counts[cell] as number));
    best.speakers++;
    partOf.set(speaker.name, best.part);
  });
  return partOf;
}

/** By how much the chi-squared distance of a part from its shares changes when the speaker joins it. */
function changeOfMisfit(speaker: Speaker, { filled, wanted }: Fill): number {
  return wanted.reduce((sum, goal, cell) => {
    const before = (filled[cell] as number) - goal;
    const after = before + (speaker.counts[cell] as number);
    return sum + (after * after - before * before) / goal;
  }, 0);
}
