import type { Augmentation, TrainingParameters } from '../../core/contracts/training.js';
import type { SplitRow } from '../../core/contracts/utterance.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import type { Bundle } from '../../core/training/bundle.js';
import {
  fitSpeakers,
  LEAST_OF_SPEAKER,
  measureAgainst,
  normaliseBySpeaker,
  rowsBySpeaker,
} from '../../core/training/speakerNormalisation.js';
import { readCatalogue } from './catalogueObject.js';
import { type FeatureTable, readCopies, readFeatures, rowsOf } from './featureTable.js';
import type { ShardPlan } from './planObject.js';

/** What of a model decides how its features are read. */
export type FeatureUse = { columns: readonly string[]; normalise: TrainingParameters['normalise'] };

export function featureUse({ metadata }: Pick<Bundle, 'metadata'>): FeatureUse {
  return { columns: metadata.featureSet.columns, normalise: metadata.parameters.normalise };
}

/**
 * Features of recordings as a model takes them, before its scaler. Where it wants them by speaker, all recordings of these
 * speakers in the split are what they are measured against, whatever their part.
 *
 * @param wanted recordings of the split
 * @throws SerError `BadInput`, `DataRefused`: see `normaliseBySpeaker`
 */
export async function readModelFeatures(
  store: ObjectStore,
  plan: ShardPlan,
  split: readonly SplitRow[],
  { columns, normalise }: FeatureUse,
  wanted: readonly string[],
): Promise<FeatureTable> {
  if (normalise === undefined) return readFeatures(store, plan, columns, wanted);
  const { sha256s, values, speakers } = await readOfSpeakers(store, plan, split, columns, wanted);
  return { columns, sha256s, values: normaliseBySpeaker(values, columns.length, speakers) };
}

/**
 * The altered copies of recordings, as a model takes them; by speaker they are measured against the recordings as they were.
 * Some may be missing.
 */
export async function readModelCopies(
  store: ObjectStore,
  plan: ShardPlan,
  split: readonly SplitRow[],
  { columns, normalise }: FeatureUse,
  wanted: readonly string[],
  augmentation: Augmentation,
): Promise<FeatureTable> {
  const table = await readCopies(store, plan, columns, wanted, augmentation);
  const there = new Set(table.sha256s);
  const sha256s = wanted.filter((sha256) => there.has(sha256));
  const copies = rowsOf(table, sha256s);
  if (normalise === undefined) return { columns, sha256s, values: copies };
  const { values, speakers } = await readOfSpeakers(store, plan, split, columns, sha256s);
  const speakerOf = await readSpeakers(store, plan);
  const spoken = sha256s.map((sha256) => speakerOf.get(sha256) ?? '');
  const scalers = fitSpeakers(values, columns.length, speakers);
  return { columns, sha256s, values: measureAgainst(scalers, copies, columns.length, spoken) };
}

/** Every recording of the split by the speakers of some of them. */
async function readOfSpeakers(
  store: ObjectStore,
  plan: ShardPlan,
  split: readonly SplitRow[],
  columns: readonly string[],
  some: readonly string[],
): Promise<{ sha256s: string[]; values: Float64Array; speakers: string[] }> {
  const speakerOf = await readSpeakers(store, plan);
  const wanted = new Set(some.map((sha256) => speakerOf.get(sha256)));
  const sha256s = split.map(({ sha256 }) => sha256).filter((sha256) => wanted.has(speakerOf.get(sha256)));
  const table = await readFeatures(store, plan, columns, sha256s);
  const speakers = sha256s.map((sha256) => speakerOf.get(sha256) ?? '');
  return { sha256s, values: rowsOf(table, sha256s), speakers };
}

/** Those of some recordings that a model can answer: by speaker it takes one who is known and has other recordings. */
export async function answerable(
  store: ObjectStore,
  plan: ShardPlan,
  split: readonly SplitRow[],
  { normalise }: Pick<FeatureUse, 'normalise'>,
  wanted: readonly string[],
): Promise<string[]> {
  if (normalise === undefined) return [...wanted];
  const speakerOf = await readSpeakers(store, plan);
  const speakers = split.map(({ sha256 }) => speakerOf.get(sha256) ?? '');
  const counts = new Map([...rowsBySpeaker(speakers)].map(([speaker, rows]) => [speaker, rows.length]));
  return wanted.filter((sha256) => {
    const speaker = speakerOf.get(sha256) ?? '';
    return speaker !== '' && (counts.get(speaker) ?? 0) >= LEAST_OF_SPEAKER;
  });
}

async function readSpeakers(store: ObjectStore, plan: ShardPlan): Promise<Map<string, string>> {
  const catalogue = await readCatalogue(store, plan.catalogue);
  return new Map(catalogue.filter(({ status }) => status === 'ok').map(({ sha256, speaker }) => [sha256, speaker]));
}
