import type { FeatureSetReference } from './features.js';
import type { RunConfig } from './runs.js';
import type { Augmentation, TrainingParameters } from './training.js';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** Everything that decides the output of a stage; its key is a hash of this and of nothing else. */
export type KeyParts = {
  stage: string;
  /** Of the stage, never of the whole program: raised when the stage's output would change. */
  version: number;
  /** Keys of the outputs and hashes of the files that it reads. */
  inputs: JsonObject;
  /** Options and seeds. */
  parameters: JsonObject;
};

/** What a stage computes from what, and where its output lies: `<under>/<key>/`. */
export type StageSpec = KeyParts & { under: string };

/** Share of each class that goes into the parts, as the original's README gives them. */
export const SPLIT_FRACTIONS = { train: 0.713, validation: 0.132, test: 0.155 } as const;

/** How many recordings a shard holds on average. */
export const SHARD_MEAN_SIZE = 64;

/** Part of every key that altered copies have to do with: raised when what they sound like would change. */
const ALTERED = { augmentVersion: 1 } as const;

/** @param contentDigest a digest over every row of the catalogue: it is its own input */
export function catalogueSpec(contentDigest: string): StageSpec {
  return {
    stage: 'fetchCorpus',
    version: 2,
    inputs: { recordings: contentDigest },
    parameters: {},
    under: 'catalogues',
  };
}

/** Recordings that somebody named to hear what they are: their order is kept, and no label is asked for. */
export function listSpec(contentDigest: string): StageSpec {
  return { stage: 'listRecordings', version: 1, inputs: { list: contentDigest }, parameters: {}, under: 'lists' };
}

/** @param contentDigest a digest over every row of the catalogue */
export function recordingsSpec(contentDigest: string): StageSpec {
  return {
    stage: 'fetchRecordings',
    version: 1,
    inputs: { recordings: contentDigest },
    parameters: {},
    under: 'catalogues',
  };
}

export function predictionsSpec(catalogueKey: string, featureSet: FeatureSetReference, modelKey: string): StageSpec {
  return {
    stage: 'predictRecordings',
    version: 1,
    inputs: { catalogue: catalogueKey, model: modelKey },
    parameters: { featureSet },
    under: 'predictions',
  };
}

/** A model that was trained elsewhere, or lies in a folder. @param files hashes by name */
export function importedModelSpec(files: Readonly<Record<string, string>>): StageSpec {
  return { stage: 'importModel', version: 1, inputs: { files }, parameters: {}, under: 'models' };
}

/** @param augment copies of every recording that are extracted too */
export function planSpec(
  catalogueKey: string,
  featureSet: FeatureSetReference,
  augment: readonly Augmentation[] = [],
): StageSpec {
  return {
    stage: 'planShards',
    version: 1,
    inputs: { catalogue: catalogueKey },
    parameters: { featureSet, meanSize: SHARD_MEAN_SIZE, ...(augment.length === 0 ? {} : { augment, ...ALTERED }) },
    under: 'plans',
  };
}

/** A shard depends on its recordings alone, so another catalogue that holds the same ones reuses it. */
export function shardSpec(
  sha256s: readonly string[],
  featureSet: FeatureSetReference,
  augment?: Augmentation,
): StageSpec {
  return {
    stage: 'extractShard',
    version: 1,
    inputs: { recordings: sha256s },
    parameters: { featureSet, ...(augment === undefined ? {} : { augment, ...ALTERED }) },
    under: `features/${featureSet.name}`,
  };
}

/** @param skipped shards without features, as ranges; a split without their recordings is another split */
export function splitSpec(
  catalogueKey: string,
  featureSet: FeatureSetReference,
  split: RunConfig['split'],
  skipped = '',
): StageSpec {
  return {
    stage: 'splitUtterances',
    version: 1,
    inputs: { catalogue: catalogueKey },
    parameters: { featureSet, ...split, fractions: SPLIT_FRACTIONS, ...(skipped === '' ? {} : { skipped }) },
    under: 'splits',
  };
}

/** @param backend the backend that computes, resolved; never `auto` */
export function modelSpec(splitKey: string, training: TrainingParameters, backend: string): StageSpec {
  return {
    stage: 'trainModel',
    version: 2,
    inputs: { split: splitKey },
    parameters: { training, backend, ...(training.augment === undefined ? {} : ALTERED) },
    under: 'models',
  };
}

export function evaluationSpec(modelKey: string, splitKey: string): StageSpec {
  return {
    stage: 'evaluateModel',
    version: 3,
    inputs: { model: modelKey, split: splitKey },
    parameters: {},
    under: 'evaluations',
  };
}

/**
 * @param evaluations of the test parts, in order
 * @param searched of the inner folds that the trials were chosen by
 */
export function experimentSpec(
  evaluations: readonly string[],
  searched: readonly string[],
  experiment: RunConfig['experiment'],
): StageSpec {
  return {
    stage: 'poolTrials',
    version: 1,
    inputs: { evaluations, ...(searched.length === 0 ? {} : { searched }) },
    parameters: { experiment: experiment ?? {} },
    under: 'experiments',
  };
}

/** The page names its run and configuration, so they are part of its key; how many shards went at a time is not. */
export function reportSpec(evaluationKey: string, config: RunConfig, programVersion: string): StageSpec {
  const asked: Partial<RunConfig> = { ...config };
  delete asked.shardsInFlight;
  return {
    stage: 'writeReport',
    version: 2,
    inputs: { evaluation: evaluationKey },
    parameters: { config: asked, programVersion },
    under: 'reports',
  };
}
