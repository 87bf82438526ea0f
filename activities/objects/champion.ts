import type { ObjectStore } from '../../core/store/objectStore.js';
import { jsonBytes, parseJson } from './stageOutput.js';

/** Where the name of the model lies that `predict` uses when nobody names another. */
export const CHAMPION_KEY = 'aliases/champion.json';

/** So many champions of the past can be gone back to; their models are kept for it. */
const HISTORY_LENGTH = 10;

export type Champion = {
  /** The run that trained it. */
  run: string;
  /** Key of the model. */
  model: string;
  /** Key of the split it was evaluated on. */
  split: string;
  /** Key of the plan its features came from. */
  plan?: string;
  macroF1: number;
  /** Whether it was trained on synthetic speech. */
  synthetic: boolean;
  /** Why it became champion. */
  reason: string;
  /** ISO 8601, UTC. */
  since?: string;
};

/** Content of the alias: the champion and those before it, the latest first. */
export type ChampionRecord = Champion & { history?: Champion[] };

export async function readChampion(store: ObjectStore): Promise<ChampionRecord | undefined> {
  const bytes = await store.get(CHAMPION_KEY);
  return bytes && parseJson<ChampionRecord>(bytes);
}

/**
 * Writes the alias by a conditional write: when another writer comes first, `decide` is asked again about what stands then.
 *
 * @param decide the record to write instead of the current one; undefined to leave it
 */
export async function replaceChampion(
  store: ObjectStore,
  decide: (current: ChampionRecord | undefined) => Promise<ChampionRecord | undefined>,
): Promise<void> {
  for (;;) {
    const info = await store.head(CHAMPION_KEY);
    const next = await decide(info && (await readChampion(store)));
    if (next === undefined) return;
    if (await store.putIf(CHAMPION_KEY, jsonBytes(next), info ? { etag: info.etag } : { absent: true })) return;
  }
}

/** The record in which a model follows on the current champion. */
export function crowned(next: Champion, current: ChampionRecord | undefined): ChampionRecord {
  if (current === undefined) return { ...next, history: [] };
  const { history = [], ...champion } = current;
  return { ...next, history: [champion, ...history].slice(0, HISTORY_LENGTH) };
}

/** The record in which the champion before the current one is champion again; undefined when there was none. */
export function dethroned({ history = [] }: ChampionRecord): ChampionRecord | undefined {
  const [previous, ...older] = history;
  return previous && { ...previous, history: older };
}
