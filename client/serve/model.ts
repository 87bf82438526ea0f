import { type Champion, CHAMPION_KEY } from '../../activities/objects/champion.js';
import { parseJson, readStageOutput } from '../../activities/objects/stageOutput.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { ModelMetadata } from '../../core/contracts/training.js';
import { SerError } from '../../core/contracts/errors.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type Bundle, checkFeatureSet, measuresSpeakers, readBundle } from '../../core/training/bundle.js';
import { createRecogniser, type Recogniser } from '../predict/prediction.js';

/** A model as it answers requests. A request keeps the one it began with. */
export type ServedModel = {
  /** The key of the champion, or what `--model` says. */
  name: string;
  metadata: ModelMetadata;
  featureSet: FeatureSet;
  recogniser: Recogniser;
};

/** @throws SerError `Incompatible` for a model that this program cannot ask, or that needs more than one recording */
export function servedModel(name: string, bundle: Bundle): ServedModel {
  const set = featureSet(bundle.metadata.featureSet.name);
  checkFeatureSet(bundle, set);
  if (measuresSpeakers(bundle)) {
    throw new SerError(
      'Incompatible',
      'the model measures recordings against others of their speaker, and a request brings one',
      name,
      'Serve a model trained with --normalise global.',
    );
  }
  return { name, metadata: bundle.metadata, featureSet: set, recogniser: createRecogniser(bundle) };
}

/** The model that answers just now. */
export type ModelSource = {
  readonly current: ServedModel;
  /** Looks whether another model has become champion, and takes it; says whether it did. */
  refresh(): Promise<boolean>;
};

/** A model that stays what it is. */
export function fixedModel(current: ServedModel): ModelSource {
  return { current, refresh: () => Promise.resolve(false) };
}

/**
 * The champion of a store, whoever that is. It is swapped whole: when the new one cannot be read, the old one stays.
 *
 * @throws SerError `BadConfig` when there is no champion yet
 */
export async function championModel(store: ObjectStore): Promise<ModelSource> {
  const read = async (): Promise<{ etag: string; champion: Champion }> => {
    const info = await store.head(CHAMPION_KEY);
    const bytes = info && (await store.get(CHAMPION_KEY));
    if (info !== undefined && bytes !== undefined) return { etag: info.etag, champion: parseJson<Champion>(bytes) };
    throw new SerError(
      'BadConfig',
      'there is no champion yet',
      store.url,
      'Train one: `./ser run --data ...`, or name a --model.',
    );
  };
  const load = async ({ model }: Champion): Promise<ServedModel> =>
    servedModel(model, await readBundle((name) => readStageOutput(store, `models/${model}`, name)));

  const first = await read();
  let current = await load(first.champion);
  let seen = first.etag;
  return {
    get current() {
      return current;
    },
    async refresh() {
      const info = await store.head(CHAMPION_KEY);
      if (info === undefined || info.etag === seen) return false;
      const { etag, champion } = await read();
      const changed = champion.model !== current.name;
      if (changed) current = await load(champion);
      seen = etag;
      return changed;
    },
  };
}
