import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readStageOutput, standingManifest } from '../../activities/objects/stageOutput.js';
import { SerError } from '../../core/contracts/errors.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { STORE_LINK } from '../../core/reports/links.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore } from '../../core/store/open.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { outFailure } from '../outFailure.js';
import { recordedRuns, requireRun, stageKey } from '../runRecords.js';

export type ReportOptions = { out?: string; output: 'text' | 'json' };

/** Writes the report of a finished run, with its charts and tables, into a folder; or prints its data. */
export async function report(options: ReportOptions, context: CommandContext, args: string[]): Promise<number> {
  const { terminal, workingFolder, configuration } = context;
  const store = await openStandingStore(configuration.store);
  const run = await runOf(store, args[0] ?? 'latest');
  const key = stageKey(run, 'writeReport');
  if (key === undefined) {
    throw new SerError(
      'BadConfig',
      `the run has no report (${run.state})`,
      run.name,
      `See where it stands: \`./ser status ${run.name}\`.`,
    );
  }
  const object = `reports/${key}`;
  if (options.output === 'json') {
    terminal.print(new TextDecoder().decode(await readStageOutput(store, object, 'report.json')));
    if (options.out === undefined) return EXIT.done;
  }
  const folder = resolve(workingFolder, options.out ?? `ser-report-${run.name}`);
  await copy(store, object, folder);
  if (options.output === 'text') terminal.print(relative(workingFolder, join(folder, 'report.html')));
  return EXIT.done;
}

async function runOf(store: ObjectStore, name: string): Promise<RunStatus> {
  if (name !== 'latest') return requireRun(store, name);
  const latest = (await recordedRuns(store))[0];
  if (latest !== undefined) return latest;
  throw new SerError('BadConfig', 'no run was ever started here', store.url, 'Start one: `./ser run --data demo`.');
}

async function copy(store: ObjectStore, object: string, folder: string): Promise<void> {
  const { outputs } = await standingManifest(store, object);
  for (const { path } of outputs) {
    const bytes = await readStageOutput(store, object, path);
    await write(join(folder, path), path === 'report.html' ? withLinksInto(store, bytes) : bytes);
  }
}

/** In the store a page names recordings by the way from its own folder; elsewhere, by where the store lies. */
function withLinksInto(store: ObjectStore, page: Uint8Array): Uint8Array {
  const base = store.url.startsWith('file:') ? pathToFileURL(store.url.slice('file:'.length)).href : store.url;
  const text = new TextDecoder().decode(page);
  return new TextEncoder().encode(text.replaceAll(STORE_LINK, `href="${base}/`));
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (error) {
    throw outFailure(error, path);
  }
}
