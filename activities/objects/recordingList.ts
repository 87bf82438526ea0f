import { listSpec } from '../../core/contracts/stages.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { readParquet, stringsOf, writeParquet } from '../../core/store/parquet.js';
import { runStage } from '../../core/store/stage.js';
import { readStageOutput } from './stageOutput.js';

/** A recording by the name that whoever asks about it gave it. */
export type ListedRecording = {
  name: string;
  /** Where the worker finds it. */
  path: string;
  /** Who speaks in it; empty when nobody knows or no model asks. */
  speaker: string;
};

const FILE = 'list.parquet';

/** Puts a list of recordings into the store, and returns its key: a list of a million is no payload. */
export async function storeList(store: ObjectStore, recordings: readonly ListedRecording[]): Promise<string> {
  const columns = (['name', 'path', 'speaker'] as const).map((name) => ({
    name,
    type: 'STRING' as const,
    data: recordings.map((recording) => recording[name]),
  }));
  const bytes = writeParquet(columns);
  const output = { files: new Map([[FILE, bytes]]) };
  return (await runStage(store, listSpec(sha256Of(bytes)), () => Promise.resolve(output))).key;
}

/** The recordings in their order. */
export async function readList(store: ObjectStore, key: string): Promise<ListedRecording[]> {
  const table = await readParquet(await readStageOutput(store, `lists/${key}`, FILE));
  const [names, paths, speakers] = ['name', 'path', 'speaker'].map((column) => stringsOf(table, column));
  return names!.map((name, row) => ({ name, path: paths![row]!, speaker: speakers![row]! }));
}
