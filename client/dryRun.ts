import { repetitionsOf, trialRun } from '../core/contracts/trials.js';
import { VERSION } from '../core/contracts/names.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { evaluationSpec, modelSpec, reportSpec, splitSpec, type StageSpec } from '../core/contracts/stages.js';
import { buildCatalogue, refuseTooManyRejects } from '../core/corpora/catalogue.js';
import type { AudioSource } from '../core/corpora/source.js';
import { featureSet } from '../core/features/registry.js';
import { readManifest } from '../core/store/manifest.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { locateStage } from '../core/store/stage.js';
import { resolveBackend } from '../core/training/backends.js';
import type { ThreadPool } from '../activities/dependencies.js';
import { specOfCatalogue } from '../activities/objects/catalogueObject.js';
import { inspectSources } from '../activities/objects/inspectSources.js';
import { keysOfRun } from '../activities/objects/experimentRuns.js';
import { inParallel } from '../activities/objects/parallel.js';
import { makePlan, pendingShards, specOfPlan } from '../activities/objects/planObject.js';

/** What a run would do about one stage. */
export type Forecast = { stage: string; reused: boolean; key: string; why: string };

/**
 * Finds out which stages of a run stand in the store, without writing anything: looks at the recordings and computes the
 * keys as the run would.
 *
 * @param sources what the configuration names, opened
 * @param cacheFolder where earlier looks at recordings are remembered
 * @param onProgress told how many files have been looked at
 */
export async function forecastRun(
  config: RunConfig,
  store: ObjectStore,
  pool: ThreadPool,
  sources: readonly AudioSource[],
  cacheFolder: string,
  onProgress: (progress: { files: number; filesDone: number }) => void,
): Promise<Forecast[]> {
  const rows = await inspectSources(pool, sources, { cacheFolder, onProgress });
  const catalogue = buildCatalogue(rows);
  refuseTooManyRejects(catalogue, config.data.maxRejected);
  const { name, version } = featureSet(config.features.set);
  const set = { name, version };

  const look = async (spec: StageSpec, why: string): Promise<Forecast> => {
    const { key, folder } = locateStage(spec);
    const stands = (await readManifest(store, folder)) !== undefined;
    return { stage: spec.stage, reused: stands, key, why: stands ? 'its manifest stands' : why };
  };

  const found = await look(specOfCatalogue(catalogue.rows), 'these recordings were never seen together');
  const planned = await look(
    specOfPlan(found.key, set, config.training.augment),
    'this catalogue was never cut into shards',
  );
  const extraction = await forecastExtraction(config, store, found.key, catalogue.rows);
  const backend = await resolveBackend(config.backend);
  if (config.experiment !== undefined) {
    return [found, planned, extraction, await forecastTrials(config, store, found.key, backend)];
  }
  const split = await look(splitSpec(found.key, set, config.split), 'these recordings were never split this way');
  const model = await look(
    modelSpec(split.key, config.training, backend),
    `never trained with these settings on this split (backend ${backend})`,
  );
  const evaluation = await look(evaluationSpec(model.key, split.key), 'this model was never evaluated');
  const report = await look(
    reportSpec(evaluation.key, config, VERSION),
    'never written for this run and configuration',
  );
  return [found, planned, extraction, split, model, evaluation, report];
}

/** Which of the trainings that are tested have been tested before. */
async function forecastTrials(
  config: RunConfig,
  store: ObjectStore,
  catalogue: string,
  backend: string,
): Promise<Forecast> {
  const runs = repetitionsOf(config).map((repetition) => trialRun(config, repetition));
  const standing = await inParallel(16, runs, async (run) => {
    const { evaluation } = keysOfRun({ catalogue, plans: {}, backend }, run);
    return (await readManifest(store, `evaluations/${evaluation}`)) !== undefined;
  });
  const pending = standing.filter((stands) => !stands).length;
  const why = pending === 0 ? `all ${runs.length} stand` : `${pending} of ${runs.length} trainings were never tested`;
  return { stage: 'runTrials', reused: pending === 0, key: '', why };
}

async function forecastExtraction(
  config: RunConfig,
  store: ObjectStore,
  catalogue: string,
  rows: Parameters<typeof makePlan>[1],
): Promise<Forecast> {
  const { name, version } = featureSet(config.features.set);
  const plan = makePlan(catalogue, rows, { name, version }, config.training.augment);
  const pending = await pendingShards(store, plan);
  const files = pending.reduce((sum, index) => sum + plan.shards[index]!.recordings.length, 0);
  return {
    stage: 'extractFeatures',
    reused: pending.length === 0,
    key: '',
    why:
      pending.length === 0
        ? `all ${plan.shards.length} shards stand`
        : `${pending.length} of ${plan.shards.length} shards (${files} recordings) are not in the store`,
  };
}
