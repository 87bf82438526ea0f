import type { Part, SplitRow } from '../../core/contracts/utterance.js';
import type { Manifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { readParquet, stringsOf, writeParquet } from '../../core/store/parquet.js';
import type { SplitProof } from '../../core/training/splits/leakCheck.js';
import { readStageOutput } from './stageOutput.js';

const FILE = 'split.parquet';

export function splitFiles(rows: readonly SplitRow[]): Map<string, Uint8Array> {
  const columns = (['sha256', 'emotion', 'part'] as const).map((name) => ({
    name,
    type: 'STRING' as const,
    data: rows.map((row) => row[name]),
  }));
  return new Map([[FILE, writeParquet(columns)]]);
}

/** Which recording is in which part, in order of sha256. */
export async function readSplit(store: ObjectStore, key: string): Promise<SplitRow[]> {
  const table = await readParquet(await readStageOutput(store, `splits/${key}`, FILE));
  const emotions = stringsOf(table, 'emotion');
  const parts = stringsOf(table, 'part') as Part[];
  return stringsOf(table, 'sha256').map((sha256, row) => ({ sha256, emotion: emotions[row]!, part: parts[row]! }));
}

/** What a split's manifest proves; one that was written before there were groups and left-out classes has none of them. */
export function proofOf({ details }: Pick<Manifest, 'details'>): SplitProof {
  const proof = details?.['proof'] as unknown as SplitProof;
  return { ...{ sharedWithTest: [], sharedWithValidation: [], leftOut: [] }, ...proof };
}
