import { SerError } from '../../core/contracts/errors.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { isBatchId } from '../../core/contracts/predictions.js';
import { saysOpen } from '../../core/contracts/runs.js';
import { loadManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore } from '../../core/store/open.js';
import { batchLines, openBatches, requireBatch } from '../batches.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { formatDuration } from '../format.js';
import { inTime } from '../inTime.js';
import { compareRuns, stageFolders } from '../runComparison.js';
import { comparisonLines } from '../runComparisonLines.js';
import { runLines } from '../runLines.js';
import { listRuns, openWorkflows, requireRun } from '../runRecords.js';
import { NOBODY_ASKED, type SeenRun, stateByNow } from '../runStatus.js';
import { linkIfAny } from '../server.js';
import { tableLines } from '../table.js';

export type RunsOptions = { output: 'text' | 'json' };

/** Batches of predictions that go on, and every run of the store, the latest first. */
export async function list({ output }: RunsOptions, context: CommandContext): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const link = await linkIfAny(context);
  try {
    const runs = [
      ...(link === undefined ? [] : await openBatches(link.client, store)),
      ...(await listRuns(store, link?.client)),
    ];
    if (link === undefined && runs.some(saysOpen)) context.terminal.say(NOBODY_ASKED);
    if (output === 'json') context.terminal.print(JSON.stringify(runs, null, 2));
    else if (runs.length === 0) context.terminal.say(`no run is recorded in ${store.url}`);
    else context.terminal.print(tableLines([HEADINGS, ...runs.map(cellsOf)], [3, 4, 5, 6]).join('\n'));
    return EXIT.done;
  } finally {
    await link?.close();
  }
}

const HEADINGS = ['run', 'state', 'started', 'took', 'recordings', 'accuracy', 'macro F1'];

type Row = Pick<SeenRun, 'name' | 'state' | 'startedAt' | 'finishedAt' | 'catalogue' | 'metrics'>;

function cellsOf({ name, state, startedAt, finishedAt, catalogue, metrics }: Row): string[] {
  const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(2)} %`);
  return [
    name,
    state,
    startedAt.slice(0, 16).replace('T', ' '),
    finishedAt === undefined ? '' : formatDuration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000),
    catalogue === undefined ? '' : `${catalogue.usable}`,
    percent(metrics?.accuracy),
    percent(metrics?.macroF1),
  ];
}

/** The whole lineage of one run: stages, keys, what each was made of, by what, when. Of a batch, that of its table. */
export async function show({ output }: RunsOptions, context: CommandContext, [name = '']: string[]): Promise<number> {
  const { terminal, configuration } = context;
  const store = await openStandingStore(configuration.store);
  const { record, lines, folders } = isBatchId(name)
    ? await batchToShow(store, name, context)
    : await runToShow(store, name, context);
  const lineage = await Promise.all(
    folders.map(async ([stage, folder]) => ({ stage, folder, manifest: await loadManifest(store, folder) })),
  );
  if (output === 'json') {
    terminal.print(JSON.stringify({ ...record, lineage }, null, 2));
    return EXIT.done;
  }
  terminal.print(lines.join('\n'));
  for (const { stage, folder, manifest } of lineage) {
    terminal.print(`\n${stage}  ${folder}`);
    if (manifest === undefined) {
      terminal.print('  is not in the store any more');
      continue;
    }
    terminal.print(`  made     ${manifest.createdAt} by ${manifest.producer}, stage version ${manifest.stageVersion}`);
    terminal.print(`  from     ${shortened(JSON.stringify(manifest.inputs))}`);
    terminal.print(`  with     ${shortened(JSON.stringify(manifest.parameters))}`);
    const outputs = manifest.outputs.map(({ path, sizeBytes, sha256 }) => [
      path,
      `${sizeBytes} bytes`,
      sha256.slice(0, 16),
    ]);
    for (const line of tableLines(outputs, [1])) terminal.print(`  output   ${line}`);
  }
  return EXIT.done;
}

type Shown = { record: object; lines: string[]; folders: [stage: string, folder: string][] };

async function runToShow(store: ObjectStore, name: string, context: CommandContext): Promise<Shown> {
  const recorded = await requireRun(store, name);
  const link = saysOpen(recorded) ? await linkIfAny(context) : undefined;
  try {
    const run = await stateByNow(link?.client, recorded);
    if (link === undefined && saysOpen(run)) context.terminal.say(NOBODY_ASKED);
    const lines = runLines({ status: run, retries: [] }, context.terminal);
    return { record: run, lines, folders: stageFolders(recorded) };
  } finally {
    await link?.close();
  }
}

async function batchToShow(store: ObjectStore, name: string, context: CommandContext): Promise<Shown> {
  const link = await linkIfAny(context);
  try {
    const view = await inTime(name, requireBatch(link?.client, store, name));
    const key = view.predictions?.key;
    const folders: Shown['folders'] = key === undefined ? [] : [['predictRecordings', `predictions/${key}`]];
    return { record: view, lines: batchLines(view, context.terminal), folders };
  } finally {
    await link?.close();
  }
}

function shortened(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}

/** What tells two runs apart, and whether one is better by more than chance. */
export async function diff({ output }: RunsOptions, context: CommandContext, names: string[]): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const [first, second] = [await requireRun(store, names[0] ?? ''), await requireRun(store, names[1] ?? '')];
  const comparison = await compareRuns(store, first, second);
  if (output === 'json') context.terminal.print(JSON.stringify(comparison, null, 2));
  else context.terminal.print(comparisonLines(comparison).join('\n'));
  return EXIT.done;
}

/** Forgets runs; what only they needed is removed by the next `gc`. */
export async function remove(_: unknown, context: CommandContext, names: string[]): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const link = await linkIfAny(context);
  try {
    const runs = await Promise.all(names.map((name) => requireRun(store, name)));
    const open = new Set(
      link === undefined ? [] : (await openWorkflows(link.client)).map(({ workflowId }) => workflowId),
    );
    const goesOn = runs.find((run) => (link === undefined ? saysOpen(run) : open.has(workflowIdOfRun(run.name))));
    if (goesOn !== undefined) {
      throw new SerError(
        'BadConfig',
        link === undefined ? 'may go on: no server tells, and its record says so' : 'goes on',
        `run ${goesOn.name}`,
        link === undefined ? 'Start the server: `./ser up`.' : `End it first: \`./ser cancel ${goesOn.name}\`.`,
      );
    }
    for (const run of runs) {
      const { state } = await stateByNow(link?.client, run);
      await store.delete(`runs/${run.name}.json`);
      context.terminal.print(`run ${run.name} forgotten`);
      if (state === 'unknown')
        context.terminal.say('this server did not know it; should it go on at another one, it is recorded again');
    }
    context.terminal.say('what only they needed is removed by: ./ser gc --delete');
    return EXIT.done;
  } finally {
    await link?.close();
  }
}
