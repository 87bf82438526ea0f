import { readPlan } from '../activities/objects/planObject.js';
import type { RunConfig, RunStatus } from '../core/contracts/runs.js';
import { loadManifest, type Manifest } from '../core/store/manifest.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { stageFolders } from './runComparison.js';
import { stageKey } from './runRecords.js';

/** One output of a run and of its reproduction. */
export type ComparedOutput = { stage: string; output: string; first: string; second: string; same: boolean };

/**
 * The configuration that runs a recorded run again elsewhere: its own, on the backend that trained it, since `auto` may
 * choose another one here.
 */
export async function configToReproduce(store: ObjectStore, run: RunStatus, elsewhere: string): Promise<RunConfig> {
  const model = stageKey(run, 'trainModel');
  const manifest = model === undefined ? undefined : await loadManifest(store, `models/${model}`);
  const backend = manifest?.parameters['backend'];
  return {
    ...run.config,
    store: elsewhere,
    backend: typeof backend === 'string' ? backend : (run.experiment?.shared?.backend ?? run.config.backend),
    onFailedShards: 'fail',
  };
}

/** Compares every output of two runs by its hash: catalogue, plan, each shard, split, model and evaluation. */
export async function compareOutputs(
  first: { store: ObjectStore; run: RunStatus },
  second: { store: ObjectStore; run: RunStatus },
): Promise<ComparedOutput[]> {
  const [before, after] = [await hashesOf(first), await hashesOf(second)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].map((name) => {
    const [stage = '', output = ''] = name.split('\n');
    const [one, other] = [before.get(name) ?? '', after.get(name) ?? ''];
    return { stage, output, first: one, second: other, same: one === other && one !== '' };
  });
}

/** The hash of every output, by stage and name. The report is left out: it names the store that it was written for. */
async function hashesOf({ store, run }: { store: ObjectStore; run: RunStatus }): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const add = (stage: string, prefix: string, manifest: Manifest | undefined) => {
    for (const { path, sha256 } of manifest?.outputs ?? []) hashes.set(`${stage}\n${prefix}${path}`, sha256);
  };
  for (const [stage, folder] of stageFolders(run)) {
    if (stage === 'writeReport') continue;
    add(stage, '', await loadManifest(store, folder));
    if (stage === 'planShards') await addShards(store, folder, add);
  }
  return hashes;
}

async function addShards(
  store: ObjectStore,
  planFolder: string,
  add: (stage: string, prefix: string, manifest: Manifest | undefined) => void,
): Promise<void> {
  const plan = await readPlan(store, planFolder.slice('plans/'.length));
  for (const [index, { folder }] of plan.shards.entries()) {
    add('extractFeatures', `shard ${index} `, await loadManifest(store, folder));
  }
}
