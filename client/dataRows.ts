import { readCatalogue } from '../activities/objects/catalogueObject.js';
import { inspectSources } from '../activities/objects/inspectSources.js';
import { SerError } from '../core/contracts/errors.js';
import type { Utterance } from '../core/contracts/utterance.js';
import { buildCatalogue } from '../core/corpora/catalogue.js';
import { absoluteSpec } from '../core/corpora/dataSpec.js';
import { parseLabelMap } from '../core/corpora/labelMap.js';
import { openSources } from '../core/corpora/openSource.js';
import type { AudioSource } from '../core/corpora/source.js';
import { loadManifest } from '../core/store/manifest.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { openStandingStore } from '../core/store/open.js';
import { createThreadPool } from '../worker/threadPool.js';
import type { CommandContext } from './context.js';
import { createProgressLine } from './progressLine.js';
import { remoteAccess } from './remoteAccess.js';
import { remoteProgress } from './remoteProgress.js';
import { recordedRun } from './runStatus.js';

/** Which recordings a command looks at. */
export type RowsOptions = { data?: string[]; labelMap?: string[]; run?: string; catalogue?: string };

/** What is known of recordings, and in words where it is known from. */
export type Rows = { rows: Utterance[]; from: string };

/**
 * The rows of sources, named by `--data` or without it, of a run's catalogue, of a catalogue by the beginning of its key, or of the latest.
 *
 * @throws SerError `BadConfig` when there is no such run or catalogue; what opening a source throws
 */
export async function rowsOf(options: RowsOptions, context: CommandContext, named: readonly string[]): Promise<Rows> {
  const specs = [...(options.data ?? []), ...named];
  if (specs.length > 0) {
    const sources = await openData(specs, options.labelMap, context);
    const rows = await inspect(sources, context, { again: false });
    return { rows: buildCatalogue(rows).rows, from: specs.join(', ') };
  }
  const store = await openStandingStore(context.configuration.store);
  const key =
    options.run === undefined ? await findCatalogue(store, options.catalogue ?? '') : await ofRun(store, options.run);
  return { rows: await readCatalogue(store, key), from: `catalogue ${key.slice(0, 12)} of ${store.url}` };
}

/** Opens what `--data` names, telling how far downloads are. */
export async function openData(
  specs: readonly string[],
  labelMap: readonly string[] | undefined,
  context: CommandContext,
): Promise<AudioSource[]> {
  const progress = createProgressLine(context.terminal);
  try {
    return await openSources(
      specs.map((spec) => absoluteSpec(spec, context.workingFolder)),
      {
        ...remoteAccess(context),
        onProgress: remoteProgress(progress),
        ...(labelMap === undefined ? {} : { labelMap: parseLabelMap(labelMap) }),
      },
    );
  } finally {
    progress.clear();
  }
}

/**
 * Looks at every recording, without storing any; one row a file.
 *
 * @param again whether files are read also when they have not changed since an earlier look
 */
export async function inspect(
  sources: readonly AudioSource[],
  context: CommandContext,
  { again }: { again: boolean },
): Promise<Utterance[]> {
  const { configuration, terminal } = context;
  const pool = createThreadPool(undefined, configuration.threads);
  const progress = createProgressLine(terminal);
  try {
    return await inspectSources(pool, sources, {
      cacheFolder: again ? undefined : context.home.cache,
      onProgress: ({ files, filesDone }) => progress.update('looking', filesDone, files, `${filesDone}/${files} files`),
    });
  } finally {
    progress.clear();
    await pool.close();
  }
}

async function findCatalogue(store: ObjectStore, beginning: string): Promise<string> {
  let latest: { key: string; createdAt: string } | undefined;
  for await (const { key } of store.list(`catalogues/${beginning}`)) {
    if (!key.endsWith('/manifest.json')) continue;
    const manifest = await loadManifest(store, key.slice(0, -'/manifest.json'.length));
    if (manifest?.stage !== 'fetchCorpus') continue; // others are of recordings that somebody asked about
    if (latest === undefined || manifest.createdAt > latest.createdAt) latest = manifest;
  }
  if (latest !== undefined) return latest.key;
  throw new SerError(
    'BadConfig',
    beginning === '' ? 'holds no catalogue yet' : `holds no catalogue whose key begins with ${beginning}`,
    store.url,
    'Fetch recordings (`./ser data fetch ...`), or name some with --data.',
  );
}

async function ofRun(store: ObjectStore, name: string): Promise<string> {
  const run = await recordedRun(store, name);
  const key = run?.stages.find(({ stage }) => stage === 'fetchCorpus')?.key;
  if (key !== undefined) return key;
  const what = run === undefined ? 'no run of this name is known' : 'the run has no catalogue';
  throw new SerError('BadConfig', what, name, `\`./ser runs list\` says which there are in ${store.url}.`);
}
