import { SerError } from '../../core/contracts/errors.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { isBatchId } from '../../core/contracts/predictions.js';
import { type RunStatus, saysOpen } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore } from '../../core/store/open.js';
import { batchLines, type BatchView, followBatch, requireBatch } from '../batches.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { inTime } from '../inTime.js';
import { runLines } from '../runLines.js';
import { NOBODY_ASKED, recordedRun, type RunView, type SeenRun, viewRun } from '../runStatus.js';
import { linkIfAny, type ServerLink } from '../server.js';
import { watchRun } from '../watchRun.js';

export type StatusOptions = { watch?: boolean; output: 'text' | 'json' };

/** Says where a run stands; `latest`, or no name, is the one that started last. */
export async function status(options: StatusOptions, context: CommandContext, args: string[]): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const link = await linkIfAny(context);
  try {
    const name = await nameOf(args[0] ?? 'latest', store);
    if (isBatchId(name)) return await statusOfBatch(options, link, store, name, context);
    let view = await viewOrExplain(link, store, name);
    if (options.watch === true && link !== undefined && view.status.state === 'running') {
      view = await watch(link, store, name, view, context);
    }
    if (link === undefined && saysOpen(view.status)) context.terminal.say(NOBODY_ASKED);
    if (options.output === 'json') context.terminal.print(JSON.stringify(view, null, 2));
    else context.terminal.print(runLines(view, context.terminal).join('\n'));
    return EXIT.done;
  } finally {
    await link?.close();
  }
}

async function statusOfBatch(
  { watch: follow, output }: StatusOptions,
  link: ServerLink | undefined,
  store: ObjectStore,
  name: string,
  { terminal }: CommandContext,
): Promise<number> {
  const look = () => inTime(name, requireBatch(link?.client, store, name));
  let view: BatchView = await look();
  if (follow === true && link !== undefined && view.status.state === 'running') {
    await followBatch(link.client, link.client.workflow.getHandle(name), terminal).catch(unlessOwn);
    view = await look();
  }
  terminal.print(output === 'json' ? JSON.stringify(view, null, 2) : batchLines(view, terminal).join('\n'));
  return EXIT.done;
}

/** What a batch failed with is part of its view. */
function unlessOwn(error: unknown): void {
  if (!(error instanceof SerError)) throw error;
}

async function watch(
  link: ServerLink,
  store: ObjectStore,
  name: string,
  view: RunView<SeenRun>,
  { terminal }: CommandContext,
): Promise<RunView<SeenRun>> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  const final = await watchRun(link.client, store, name, view.status.executionId, terminal, interruption.signal);
  return final === undefined ? viewOrExplain(link, store, name) : { status: final, retries: [] };
}

async function viewOrExplain(
  link: ServerLink | undefined,
  store: ObjectStore,
  name: string,
): Promise<RunView<SeenRun>> {
  const view = await inTime(workflowIdOfRun(name), viewRun(link?.client, store, name));
  if (view === undefined)
    throw new SerError(
      'BadConfig',
      'no run of this name is known',
      name,
      `\`./ser runs list\` says which there are in ${store.url}.`,
    );
  return view;
}

async function nameOf(wanted: string, store: ObjectStore): Promise<string> {
  if (wanted !== 'latest') return wanted;
  let latest: RunStatus | undefined;
  for await (const { key } of store.list('runs/')) {
    const run = await recordedRun(store, key.replace(/^runs\/|\.json$/g, ''));
    if (run !== undefined && (latest === undefined || run.startedAt > latest.startedAt)) latest = run;
  }
  if (latest !== undefined) return latest.name;
  throw new SerError('BadConfig', 'no run was ever started here', store.url, 'Start one: `./ser run --data demo`.');
}
