import { labelOrder } from '../contracts/emotions.js';
import type { Reject } from '../contracts/runs.js';
import type { Utterance } from '../contracts/utterance.js';

/** A corpus of a catalogue in a few numbers; hours, speakers and emotions are those of usable recordings. */
export type CorpusSummary = {
  corpus: string;
  files: number;
  usable: number;
  rejected: number;
  hours: number;
  speakers: number;
  emotions: Record<string, number>;
};

/** How the usable recordings of one corpus are distributed. Rejects are all of its files that were refused. */
export type CorpusDistributions = CorpusSummary & {
  /** Recordings by value, largest first. */
  bySpeaker: Record<string, number>;
  bySex: Record<string, number>;
  byIntensity: Record<string, number>;
  bySampleRate: Record<string, number>;
  byChannels: Record<string, number>;
  byContainer: Record<string, number>;
  sentences: number;
  durationSeconds: Quantiles;
  peak: Quantiles;
  rms: Quantiles;
  clipped: number;
  rejects: Reject[];
};

export type Quantiles = { least: number; quarter: number; median: number; threeQuarters: number; most: number };

/** One summary a corpus, by name; files that belong to none are under an empty name. */
export function summariseCorpora(rows: readonly Utterance[]): CorpusSummary[] {
  const names = [...new Set(rows.map(({ corpus }) => corpus))].sort();
  return names.map((corpus) =>
    summarise(
      corpus,
      rows.filter((row) => row.corpus === corpus),
    ),
  );
}

function summarise(corpus: string, rows: readonly Utterance[]): CorpusSummary {
  const usable = rows.filter(({ status }) => status === 'ok');
  const counts = countBy(usable, ({ emotion }) => emotion);
  return {
    corpus,
    files: rows.length,
    usable: usable.length,
    rejected: rows.length - usable.length,
    hours: usable.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) / 3600,
    speakers: new Set(usable.map(({ speaker }) => speaker).filter((speaker) => speaker !== '')).size,
    emotions: Object.fromEntries(labelOrder(Object.keys(counts)).map((label) => [label, counts[label]!])),
  };
}

/** @returns undefined for a corpus that the rows do not hold */
export function distributionsOf(corpus: string, all: readonly Utterance[]): CorpusDistributions | undefined {
  const rows = all.filter((row) => row.corpus === corpus);
  if (rows.length === 0) return undefined;
  const usable = rows.filter(({ status }) => status === 'ok');
  return {
    ...summarise(corpus, rows),
    bySpeaker: countBy(usable, ({ speaker }) => speaker),
    bySex: countBy(usable, ({ sex }) => sex),
    byIntensity: countBy(usable, ({ intensity }) => intensity),
    bySampleRate: countBy(usable, ({ sampleRate }) => `${sampleRate} Hz`),
    byChannels: countBy(usable, ({ channels }) =>
      channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels}`,
    ),
    byContainer: countBy(usable, ({ container }) => container),
    sentences: new Set(usable.map(({ sentence }) => sentence)).size,
    durationSeconds: quantilesOf(usable.map(({ durationSeconds }) => durationSeconds)),
    peak: quantilesOf(usable.map(({ peak }) => peak)),
    rms: quantilesOf(usable.map(({ rms }) => rms)),
    clipped: usable.filter(({ clippedShare }) => clippedShare > 0).length,
    rejects: rows.filter(({ status }) => status === 'rejected').map(({ path, reason }) => ({ path, reason })),
  };
}

function countBy(rows: readonly Utterance[], valueOf: (row: Utterance) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(valueOf(row), (counts.get(valueOf(row)) ?? 0) + 1);
  counts.delete('');
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function quantilesOf(values: number[]): Quantiles {
  const ascending = values.sort((a, b) => a - b);
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? 0;
  return { least: at(0), quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75), most: at(1) };
}
