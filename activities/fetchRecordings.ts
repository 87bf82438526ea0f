import type { Activities } from '../core/contracts/activities.js';
import { recordingsSpec } from '../core/contracts/stages.js';
import type { Utterance } from '../core/contracts/utterance.js';
import { whyUnreadable } from '../core/corpora/fileAccess.js';
import { lookAtFile } from '../core/corpora/fileState.js';
import type { SourceEntry } from '../core/corpora/source.js';
import { canonicalJson, sha256Of } from '../core/store/keys.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { catalogueFiles } from './objects/catalogueObject.js';
import { inspectSources } from './objects/inspectSources.js';
import { requireStore } from './objects/requireStore.js';
import { inParallel } from './objects/parallel.js';
import { type ListedRecording, readList } from './objects/recordingList.js';

/** Recordings that no corpus is known of are cut into shards together. */
const CORPUS = 'recordings';

/** Puts the recordings of a list into the store, and writes the table of them: a row for each, in their order. */
export function fetchRecordings({ store, pool, remote, metrics }: Dependencies): Activities['fetchRecordings'] {
  return ({ list, store: wanted }) =>
    beating(async ({ signal, report }) => {
      requireStore(store, wanted);
      const entries = await inParallel(32, await readList(store, list), entryOf);
      const source = { spec: `list ${list}`, kind: 'table' as const, whole: false, entries };
      const rows = await inspectSources(pool, [source], {
        store,
        cacheFolder: remote.cacheFolder,
        signal,
        onProgress: report,
      });
      const counts = countsOf(rows);
      const { key, reused } = await runStage(store, recordingsSpec(sha256Of(canonicalJson(rows))), () => {
        metrics?.countRejects('fetchRecordings', '', counts.rejected);
        return Promise.resolve({ files: catalogueFiles(rows), details: counts });
      });
      return { key, reused, counts };
    });
}

async function entryOf({ name, path, speaker }: ListedRecording): Promise<SourceEntry> {
  const facts = { corpus: CORPUS, emotion: '', code: '', speaker, sex: '', sentence: '' } as const;
  const entry = { path: name, facts: { ...facts, intensity: '', take: '', split: '' as const }, takesSilence: true };
  try {
    const { sizeBytes, state } = await lookAtFile(path);
    return { ...entry, sizeBytes, place: { kind: 'file', path, state } };
  } catch (error) {
    return { ...entry, sizeBytes: 0, place: { kind: 'unreadable', reason: whyUnreadable(error) } };
  }
}

function countsOf(rows: readonly Utterance[]) {
  const usable = rows.filter(({ status }) => status === 'ok');
  const seconds = usable.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  return { files: rows.length, usable: usable.length, rejected: rows.length - usable.length, hours: seconds / 3600 };
}
