import { type Champion, CHAMPION_KEY, readChampion } from '../../activities/objects/champion.js';
import { readStageOutput } from '../../activities/objects/stageOutput.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { ModelMetadata } from '../../core/contracts/training.js';
import { messageOf, SerError } from '../../core/contracts/errors.js';
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
  /** Undefined as long as none can answer. */
  readonly current: ServedModel | undefined;
  /** Why none can, in words for whoever asks. */
  readonly missing: string;
  /** Looks whether another model has become champion, and takes it; says whether it did. */
  refresh(): Promise<boolean>;
};

/** A model that stays what it is. */
export function fixedModel(current: ServedModel): ModelSource {
  return { current, missing: '', refresh: () => Promise.resolve(false) };
}

/**
 * The champion of a store, whoever that is, and none as long as there is no champion that can be served. It is swapped
 * whole: when the new one cannot be read, the old one stays.
 */
export async function championModel(store: ObjectStore): Promise<ModelSource> {
  let current: ServedModel | undefined;
  let seen: string | undefined;
  let missing = 'there is no champion yet';

  async function refresh(): Promise<boolean> {
    const info = await store.head(CHAMPION_KEY);
    if (info === undefined || info.etag === seen) return false;
    const champion = await readChampion(store);
    if (champion === undefined) return false;
    const changed = champion.model !== current?.name;
    if (changed) current = await load(champion);
    seen = info.etag;
    return changed;
  }

  async function load({ model }: Champion): Promise<ServedModel> {
    try {
      return servedModel(model, await readBundle((name) => readStageOutput(store, `models/${model}`, name)));
    } catch (error) {
      missing = `the champion cannot be served: ${isIncompatible(error) ? messageOf(error) : 'the log says why'}`;
      throw error;
    }
  }

  await refresh().catch((error: unknown) => {
    if (!isIncompatible(error)) throw error; // another champion may be served
  });
  return {
    get current() {
      return current;
    },
    get missing() {
      return missing;
    },
    refresh,
  };
}

function isIncompatible(error: unknown): boolean {
  return error instanceof SerError && error.kind === 'Incompatible';
}
