import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { SerError } from '../core/contracts/errors.js';
import type { BatchConfig, BatchStatus, PredictionsReference } from '../core/contracts/predictions.js';
import { STATUS_QUERY } from '../core/contracts/queries.js';
import type { FailureLines, RunState } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { predictBatch } from '../workflows/predictBatch.js';
import { createProgressLine } from './progressLine.js';
import { failureLines, headLines, progressOf, stageLine } from './runLines.js';
import { type RunView, unlessNotFound, viewOpenWorkflow } from './runStatus.js';
import type { Terminal } from './terminal.js';
import { workflowFailure } from './workflowFailure.js';

const LOOK_EVERY_MS = 400;

/** A batch of predictions as its server knows it; what came of it and where the table lies, once it has ended. */
export type BatchView = RunView<BatchStatus & { finishedAt?: string; failure?: FailureLines }> & {
  predictions?: PredictionsReference & { table: string };
};

/** What a list tells of a batch. */
export type ListedBatch = { kind: 'batch'; name: string; state: 'running'; startedAt: string };

const ENDINGS: Readonly<Record<string, RunState>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  CANCELLED: 'cancelled',
};

/** The view of a batch; undefined when the server knows none of this id any more. */
async function viewBatch(client: Client, store: ObjectStore, workflowId: string): Promise<BatchView | undefined> {
  const open = await viewOpenWorkflow<BatchStatus>(client, workflowId);
  if (open !== undefined) return open;
  const handle = client.workflow.getHandle<typeof predictBatch>(workflowId);
  const description = await unlessNotFound(handle.describe());
  if (description === undefined) return undefined;
  const status = {
    ...{ name: workflowId, workflowId, executionId: description.runId, stages: [] },
    state: ENDINGS[description.status.name] ?? ('failed' as const),
    startedAt: description.startTime.toISOString(),
    ...(description.closeTime === undefined ? {} : { finishedAt: description.closeTime.toISOString() }),
  };
  try {
    const predictions = await handle.result();
    return { status, retries: [], predictions: { ...predictions, table: tableAddress(store, predictions.key) } };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (status.state === 'cancelled') return { status, retries: [] };
    const { kind, what, subject, remedy } = workflowFailure(error);
    return { status: { ...status, failure: { kind, what, subject, remedy } }, retries: [] };
  }
}

/** @throws SerError when there is no server to ask, or it knows none of this id */
export async function requireBatch(
  client: Client | undefined,
  store: ObjectStore,
  workflowId: string,
): Promise<BatchView> {
  if (client === undefined) {
    const remedy = 'Start ours: `./ser up`.';
    throw new SerError('Unreachable', 'batches are known to their server, and none runs here', workflowId, remedy);
  }
  const view = await viewBatch(client, store, workflowId);
  if (view !== undefined) return view;
  throw new SerError('BadConfig', 'the server knows no batch of this name', workflowId, `Tables stay in ${store.url}.`);
}

/** A batch as text. */
export function batchLines(view: BatchView, terminal: Terminal): string[] {
  const { status, predictions } = view;
  return [
    ...headLines(view, terminal),
    ...(predictions === undefined
      ? []
      : [`  ${predictions.answered} predictions, ${predictions.rejected} rejected`, `  table  ${predictions.table}`]),
    ...(status.state === 'cancelled' ? [`  what was finished is kept; ${HOW_TO_GO_ON}`] : []),
    ...failureLines(status),
  ];
}

/** A batch has no record but its table: it goes on when it is asked for anew. */
export const HOW_TO_GO_ON = 'go on with it by typing the same `./ser predict --workflow` again';

/** The batches that go on on a server and write to a store, the latest first. */
export async function openBatches(client: Client, store: ObjectStore): Promise<ListedBatch[]> {
  const batches: ListedBatch[] = [];
  const query = `WorkflowType = 'predictBatch' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, startTime, memo } of client.workflow.list({ query })) {
    if ((memo?.['config'] as Partial<BatchConfig> | undefined)?.store !== store.url) continue;
    batches.push({ kind: 'batch', name: workflowId, state: 'running', startedAt: startTime.toISOString() });
  }
  return batches.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/**
 * Tells how far a batch is until it ends or somebody interrupts.
 *
 * @returns undefined when somebody did; the batch goes on
 * @throws SerError as the activity told it that the batch failed with
 */
export async function followBatch(
  client: Client,
  handle: WorkflowHandle<typeof predictBatch>,
  terminal: Terminal,
): Promise<PredictionsReference | undefined> {
  const leaving = new AbortController();
  setMaxListeners(0, leaving.signal); // the SDK never lets go of one, and each look is a call
  const leave = () => leaving.abort();
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const progress = createProgressLine(terminal);
  try {
    return await client.withAbortSignal(leaving.signal, async () => {
      const ending = handle.result();
      ending.catch(() => undefined); // met below
      let over = false;
      const told = ending.then(
        () => (over = true),
        () => (over = true),
      );
      while (!over) {
        await tell(client, handle.workflowId, progress);
        await Promise.race([told, sleep(LOOK_EVERY_MS, undefined, { signal: leaving.signal })]);
      }
      progress.clear();
      const status = await handle.query<BatchStatus>(STATUS_QUERY).catch(() => undefined);
      for (const stage of status?.stages ?? []) if (stage.state !== 'waiting') terminal.say(stageLine(stage, terminal));
      return await ending;
    });
  } catch (error) {
    if (leaving.signal.aborted) return undefined;
    throw error instanceof WorkflowFailedError ? workflowFailure(error) : error;
  } finally {
    progress.clear();
    process.off('SIGINT', leave).off('SIGTERM', leave);
    leaving.abort(); // a call still open when its connection is closed would be tried again, and end the process
  }
}

/** A worker that is busy can't answer for the moment; the batch is not over for that. */
async function tell(client: Client, workflowId: string, progress: ReturnType<typeof createProgressLine>) {
  const view = await viewOpenWorkflow<BatchStatus>(client, workflowId).catch(() => undefined);
  const at = view === undefined ? undefined : progressOf(view);
  if (at !== undefined) progress.update(at.stage, at.done, at.total, at.text, at.news);
}

/** A path for a store that is a folder, an object's address otherwise. */
export function tableAddress({ url }: ObjectStore, key: string): string {
  const object = `predictions/${key}/predictions.parquet`;
  return url.startsWith('file:') ? resolve(url.slice('file:'.length), object) : `${url}/${object}`;
}
