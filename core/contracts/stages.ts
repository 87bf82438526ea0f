import type { FeatureSetReference } from './features.js';
import type { RunConfig } from './runs.js';
import type { TrainingParameters } from './training.js';

/** What the key of an output is made of: nothing else may influence the bytes of that output. */
export type StageSpec = {
  stage: string;
  /** Raised whenever the stage's output would change; never the version of the program. */
  version: number;
  /** Keys of the outputs this one is made from. */
  inputs: string[];
  parameters: Record<string, unknown>;
  /** Where the output lies: `<folder>/<key>/`. */
  folder: string;
};

/** Share of each class that goes into the parts, as the original's README gives them. */
export const SPLIT_FRACTIONS = { train: 0.713, validation: 0.132, test: 0.155 } as const;

/** How many recordings a shard holds on average. */
export const SHARD_MEAN_SIZE = 64;

/** @param contentDigest a digest over every row of the catalogue: it is its own input */
export function catalogueSpec(contentDigest: string): StageSpec {
  return { stage: 'fetchCorpus', version: 1, inputs: [], parameters: { contentDigest }, folder: 'catalogues' };
}

export function planSpec(catalogueKey: string, featureSet: FeatureSetReference): StageSpec {
  return {
    stage: 'planShards',
    version: 1,
    inputs: [catalogueKey],
    parameters: { featureSet, meanSize: SHARD_MEAN_SIZE },
    folder: 'plans',
  };
}

/** A shard depends on its recordings alone, so another catalogue that holds the same ones reuses it. */
export function shardSpec(sha256s: readonly string[], featureSet: FeatureSetReference): StageSpec {
  return {
    stage: 'extractShard',
    version: 1,
    inputs: [...sha256s],
    parameters: { featureSet },
    folder: `features/${featureSet.name}`,
  };
}

export function splitSpec(catalogueKey: string, featureSet: FeatureSetReference, split: RunConfig['split']): StageSpec {
  return {
    stage: 'splitUtterances',
    version: 1,
    inputs: [catalogueKey],
    parameters: { featureSet, ...split, fractions: SPLIT_FRACTIONS },
    folder: 'splits',
  };
}

/** @param backend the backend that computes, resolved; never `auto` */
export function modelSpec(splitKey: string, training: TrainingParameters, backend: string): StageSpec {
  return { stage: 'trainModel', version: 1, inputs: [splitKey], parameters: { training, backend }, folder: 'models' };
}

export function evaluationSpec(modelKey: string, splitKey: string): StageSpec {
  return { stage: 'evaluateModel', version: 1, inputs: [modelKey, splitKey], parameters: {}, folder: 'evaluations' };
}

/** The page names its run and configuration, so they are part of its key; how fast it was extracted is not. */
export function reportSpec(evaluationKey: string, config: RunConfig, programVersion: string): StageSpec {
  return {
    stage: 'writeReport',
    version: 1,
    inputs: [evaluationKey],
    parameters: { config, programVersion },
    folder: 'reports',
  };
}
