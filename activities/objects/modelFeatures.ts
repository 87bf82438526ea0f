import type { TrainingParameters } from '../../core/contracts/training.js';
import type { SplitRow } from '../../core/contracts/utterance.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import type { Bundle } from '../../core/training/bundle.js';
import { LEAST_OF_SPEAKER, normaliseBySpeaker, rowsBySpeaker } from '../../core/training/speakerNormalisation.js';
import { readCatalogue } from './catalogueObject.js';
import { type FeatureTable, readFeatures, rowsOf } from './featureTable.js';
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
  const speakerOf = await readSpeakers(store, plan);
  const speakers = new Set(wanted.map((sha256) => speakerOf.get(sha256)));
  const measured = split.map(({ sha256 }) => sha256).filter((sha256) => speakers.has(speakerOf.get(sha256)));
  const table = await readFeatures(store, plan, columns, measured);
  const named = measured.map((sha256) => speakerOf.get(sha256) ?? '');
  return { columns, sha256s: measured, values: normaliseBySpeaker(rowsOf(table, measured), columns.length, named) };
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
