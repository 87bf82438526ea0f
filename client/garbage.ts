import { audioKey } from '../activities/objects/audio.js';
import { readCatalogue } from '../activities/objects/catalogueObject.js';
import { readChampion } from '../activities/objects/champion.js';
import { checkpointKey } from '../activities/objects/checkpoint.js';
import { keysOfRun } from '../activities/objects/experimentRuns.js';
import { readPlan, specOfPlan } from '../activities/objects/planObject.js';
import { parseJson } from '../activities/objects/stageOutput.js';
import type { ExperimentProgress, PlanUse } from '../core/contracts/experiment.js';
import { augmentationsOf, featureSetsOf, possibleRuns } from '../core/contracts/trials.js';
import type { LastRetraining } from '../core/contracts/retraining.js';
import { type RunConfig, type RunStatus, saysOpen } from '../core/contracts/runs.js';
import { evaluationSpec, modelSpec } from '../core/contracts/stages.js';
import { featureSet } from '../core/features/registry.js';
import { readManifest } from '../core/store/manifest.js';
import type { ListedObject, ObjectStore } from '../core/store/objectStore.js';
import { locateStage } from '../core/store/stage.js';
import { BACKENDS } from '../core/training/trainer.js';
import { stageFolders } from './runComparison.js';
import { recordedRuns, stageKey } from './runRecords.js';

/** Where stages write, how many names down a folder of theirs lies; recordings are objects of their own. */
const SWEPT: Readonly<Record<string, number>> = {
  audio: 2,
  catalogues: 2,
  plans: 2,
  features: 3,
  splits: 2,
  models: 2,
  evaluations: 2,
  experiments: 2,
  reports: 2,
  lists: 2,
  checkpoints: 2,
  probes: 2,
};

/** Tables that somebody asked for, and no run reads: they go by their age alone, and only where that is asked for. */
const PREDICTIONS = 'predictions';

/** A folder of a stage, or a recording, that nothing needs. */
export type Garbage = { kind: string; unit: string; sizeBytes: number; objects: string[] };

/** Folders and recordings that runs, champions and schedules need: everything that a run made or would reuse. */
export async function neededUnits(store: ObjectStore): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const run of await recordedRuns(store)) await markRun(store, run, needed);
  for (const champion of await champions(store)) {
    needed.add(`models/${champion.model}`).add(`splits/${champion.split}`);
    needed.add(locateStage(evaluationSpec(champion.model, champion.split)).folder);
    if (champion.plan !== undefined) await markPlan(store, champion.plan, needed);
  }
  for await (const { key } of store.list('schedules/')) {
    const bytes = await store.get(key);
    if (bytes === undefined) continue;
    const { catalogue, plan } = parseJson<LastRetraining>(bytes);
    await markCatalogue(store, catalogue, needed);
    await markPlan(store, plan, needed);
  }
  return needed;
}

async function champions(store: ObjectStore) {
  const current = await readChampion(store);
  return current === undefined ? [] : [current, ...(current.history ?? [])];
}

async function markRun(store: ObjectStore, run: RunStatus, needed: Set<string>): Promise<void> {
  for (const [, folder] of stageFolders(run)) needed.add(folder);
  const catalogue = stageKey(run, 'fetchCorpus');
  if (catalogue !== undefined) await markCatalogue(store, catalogue, needed);
  const plan = stageKey(run, 'planShards');
  if (plan !== undefined) await markPlan(store, plan, needed);
  if (run.experiment?.shared !== undefined) await markTrials(store, run.config, run.experiment.shared, needed);
  if (run.state !== 'completed') markCheckpoints(run, needed);
  if (saysOpen(run)) await markUnrecorded(store, run.config, catalogue, needed);
}

/**
 * Of a run whose end nobody recorded, its record does not tell how far it came: what it would reuse is kept.
 *
 * @param known its catalogue; any of the store may be, where it is undefined
 */
async function markUnrecorded(
  store: ObjectStore,
  config: RunConfig,
  known: string | undefined,
  needed: Set<string>,
): Promise<void> {
  const augment = augmentationsOf(config);
  for (const catalogue of known === undefined ? await catalogues(store) : [known]) {
    await markCatalogue(store, catalogue, needed);
    const plans = featureSetsOf(config).map((set): [string, PlanUse] => {
      const { name, version } = featureSet(set);
      const spec = specOfPlan(catalogue, { name, version }, augment.length === 0 ? undefined : augment);
      return [set, { key: locateStage(spec).key, skipped: '' }];
    });
    for (const backend of BACKENDS) {
      await markTrials(store, config, { catalogue, plans: Object.fromEntries(plans), backend }, needed);
    }
  }
}

async function catalogues(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('catalogues/')) {
    const [, catalogue] = /^catalogues\/([^/]+)\/manifest\.json$/.exec(key) ?? [];
    if (catalogue !== undefined) keys.push(catalogue);
  }
  return keys;
}

/** What the trainings of an experiment made or would reuse; their keys follow from its configuration. */
async function markTrials(
  store: ObjectStore,
  config: RunConfig,
  shared: NonNullable<ExperimentProgress['shared']>,
  needed: Set<string>,
): Promise<void> {
  for (const { key } of Object.values(shared.plans)) await markPlan(store, key, needed);
  for (const run of possibleRuns(config)) {
    const { split, model, evaluation } = keysOfRun(shared, run);
    needed.add(`splits/${split}`).add(`models/${model}`).add(`evaluations/${evaluation}`);
    needed.add(checkpointUnit(model));
  }
}

async function markCatalogue(store: ObjectStore, key: string, needed: Set<string>): Promise<void> {
  needed.add(`catalogues/${key}`);
  if ((await readManifest(store, `catalogues/${key}`)) === undefined) return;
  for (const row of await readCatalogue(store, key)) if (row.status === 'ok') needed.add(audioKey(row));
}

async function markPlan(store: ObjectStore, key: string, needed: Set<string>): Promise<void> {
  needed.add(`plans/${key}`);
  if ((await readManifest(store, `plans/${key}`)) === undefined) return;
  for (const { folder } of (await readPlan(store, key)).shards) needed.add(folder);
}

/** A run that ended in its training goes on from there when it is resumed, on whatever backend it was. */
function markCheckpoints(run: RunStatus, needed: Set<string>): void {
  const split = stageKey(run, 'splitUtterances');
  if (split === undefined) return;
  for (const name of BACKENDS) {
    const { key } = locateStage(modelSpec(split, run.config.training, name));
    needed.add(checkpointUnit(key));
  }
}

function checkpointUnit(model: string): string {
  return checkpointKey(model).split('/').slice(0, SWEPT['checkpoints']).join('/');
}

/**
 * What nothing needs and what is older than a time: what is younger may belong to a run that has not told yet.
 *
 * @param beforeMs milliseconds since 1970
 * @param predictionsBeforeMs the same for tables of predictions; all of them stay when left out
 */
export async function findGarbage(
  store: ObjectStore,
  needed: ReadonlySet<string>,
  beforeMs: number,
  predictionsBeforeMs?: number,
): Promise<Garbage[]> {
  const garbage: Garbage[] = [];
  const swept = Object.entries(SWEPT).map(([kind, depth]) => ({ kind, depth, limitMs: beforeMs }));
  if (predictionsBeforeMs !== undefined) swept.push({ kind: PREDICTIONS, depth: 2, limitMs: predictionsBeforeMs });
  for (const { kind, depth, limitMs } of swept) {
    const units = new Map<string, ListedObject[]>();
    for await (const object of store.list(`${kind}/`)) {
      const unit = object.key.split('/').slice(0, depth).join('/');
      const objects = units.get(unit);
      if (objects === undefined) units.set(unit, [object]);
      else objects.push(object);
    }
    for (const [unit, objects] of units) {
      if (needed.has(unit) || objects.some(({ modifiedMs }) => modifiedMs >= limitMs)) continue;
      const sizeBytes = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
      garbage.push({ kind, unit, sizeBytes, objects: objects.map(({ key }) => key) });
    }
  }
  return garbage;
}

/** Removes one unit, its manifest first, so that nobody takes a folder for whole that is going. */
export async function removeGarbage(store: ObjectStore, { objects }: Garbage): Promise<void> {
  const isManifest = (key: string) => key.endsWith('/manifest.json');
  for (const key of [...objects.filter(isManifest), ...objects.filter((key) => !isManifest(key))]) {
    await store.delete(key);
  }
}
