import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Champion, CHAMPION_KEY } from '../activities/objects/champion.js';
import { readStageOutput } from '../activities/objects/stageOutput.js';
import { SerError } from '../core/contracts/errors.js';
import { settingsAt } from '../core/contracts/trials.js';
import { importedModelSpec } from '../core/contracts/stages.js';
import { sha256Of } from '../core/store/keys.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { openStandingStore } from '../core/store/open.js';
import { runStage } from '../core/store/stage.js';
import { BUNDLE_FILES, type Bundle, readBundle } from '../core/training/bundle.js';
import type { CommandContext } from './context.js';
import { nameOfBest, runCommand } from './runCommand.js';
import { recordedRun } from './runStatus.js';

/** Gives a file of a bundle by name, and throws when there is none. */
export type BundleReader = (name: string) => Promise<Uint8Array>;

/** The model that a word names; see {@link locateModel}. */
export async function openModel(word: string, context: CommandContext): Promise<Bundle> {
  return readBundle(await locateModel(word, context));
}

/**
 * Where the model lies that a word names: the folder of a bundle (needs no store), `champion`, or a finished run.
 *
 * @throws SerError `BadConfig` when there is none of that name
 */
export async function locateModel(
  word: string,
  { configuration, workingFolder }: CommandContext,
): Promise<BundleReader> {
  const folder = resolve(workingFolder, word);
  if (await stat(join(folder, 'model.json')).catch(() => undefined)) return (name) => readFile(join(folder, name));
  const store = await openStandingStore(configuration.store);
  const key = word === 'champion' ? await championKey(store) : await keyOfRun(store, word);
  return (name) => readStageOutput(store, `models/${key}`, name);
}

async function championKey(store: ObjectStore): Promise<string> {
  const bytes = await store.get(CHAMPION_KEY);
  if (bytes !== undefined) return (JSON.parse(new TextDecoder().decode(bytes)) as Champion).model;
  throw new SerError(
    'BadConfig',
    'there is no champion yet',
    store.url,
    'Train one: `./ser run --data ...`, or name a --model.',
  );
}

async function keyOfRun(store: ObjectStore, name: string): Promise<string> {
  const run = await recordedRun(store, name);
  const key = run?.stages.find(({ stage }) => stage === 'trainModel')?.key;
  if (key !== undefined) return key;
  if (run?.config.experiment !== undefined) {
    const best = run.experiment?.chosen;
    const settings = best === undefined ? run.config : { ...run.config, ...settingsAt(run.config, best) };
    const command = runCommand({ ...settings, name: nameOfBest(name) });
    throw new SerError(
      'BadConfig',
      'is an experiment, which leaves no model',
      name,
      `Train one like its: \`${command}\``,
    );
  }
  throw new SerError(
    'BadConfig',
    run === undefined
      ? 'is neither a run of this store nor the folder of a bundle'
      : `the run has no model (${run.state})`,
    name,
    'Name a finished run, the folder of a bundle, or champion.',
  );
}

/** The key in the store of the model that a word names; what lies in a folder is put there first. */
export async function storedModel(
  word: string,
  store: ObjectStore,
  { workingFolder }: CommandContext,
): Promise<string> {
  const folder = resolve(workingFolder, word);
  if (!(await stat(join(folder, 'model.json')).catch(() => undefined))) {
    return word === 'champion' ? championKey(store) : keyOfRun(store, word);
  }
  const files = new Map(
    await Promise.all(BUNDLE_FILES.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
  const spec = importedModelSpec(Object.fromEntries([...files].map(([name, bytes]) => [name, sha256Of(bytes)])));
  return (await runStage(store, spec, () => Promise.resolve({ files }))).key;
}
