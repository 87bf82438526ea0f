import { catalogueSpec, type StageSpec } from '../../core/contracts/stages.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { catalogueColumns, catalogueRows } from '../../core/corpora/catalogueTable.js';
import { canonicalJson, sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { readParquet, writeParquet } from '../../core/store/parquet.js';
import { readStageOutput } from './stageOutput.js';

const FILE = 'catalogue.parquet';

/** The key of a catalogue is made of its rows: whoever finds the same recordings finds the same catalogue. */
export function specOfCatalogue(rows: readonly Utterance[]): StageSpec {
  return catalogueSpec(sha256Of(canonicalJson(rows)));
}

export function catalogueFiles(rows: readonly Utterance[]): Map<string, Uint8Array> {
  return new Map([[FILE, writeParquet(catalogueColumns(rows))]]);
}

/** Every row of a catalogue, usable and rejected, in order of sha256. */
export async function readCatalogue(store: ObjectStore, key: string): Promise<Utterance[]> {
  return catalogueRows(await readParquet(await readStageOutput(store, `catalogues/${key}`, FILE)));
}
