import type { Client } from '@temporalio/client';
import { SerError } from '../core/contracts/errors.js';
import { TASK_QUEUES } from '../core/contracts/names.js';
import type { RunStatus } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { recordedRun, type SeenRun, stateByNow } from './runStatus.js';

/** Every run recorded in a store, the latest first. */
export async function recordedRuns(store: ObjectStore): Promise<RunStatus[]> {
  const runs: RunStatus[] = [];
  for await (const { key } of store.list('runs/')) {
    const run = await recordedRun(store, key.replace(/^runs\/|\.json$/g, ''));
    if (run !== undefined) runs.push(run);
  }
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** An execution that goes on, and the store it works on, where it told. */
export type OpenWorkflow = { workflowId: string; type: string; store: string | undefined };

/** Everything of ours that goes on on a server, whatever store it works on. */
export async function openWorkflows(client: Client): Promise<OpenWorkflow[]> {
  const open: OpenWorkflow[] = [];
  const query = `TaskQueue = '${TASK_QUEUES.main}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, type, memo } of client.workflow.list({ query })) {
    open.push({ workflowId, type, store: (memo?.['config'] as { store?: string } | undefined)?.store });
  }
  return open;
}

/**
 * The records of a store with the state of each run by now.
 *
 * @param client of the server that the runs go on on; without it, records are taken at their word
 */
export async function listRuns(store: ObjectStore, client: Client | undefined): Promise<SeenRun[]> {
  return Promise.all((await recordedRuns(store)).map((run) => stateByNow(client, run)));
}

/** @throws SerError `BadConfig` when the store has no run of that name */
export async function requireRun(store: ObjectStore, name: string): Promise<RunStatus> {
  const run = await recordedRun(store, name);
  if (run !== undefined) return run;
  throw new SerError('BadConfig', 'is no run of this store', name, 'See which there are: `./ser runs list`.');
}

/** The key under which the output of a stage of a run lies; undefined when it did not get so far. */
export function stageKey(
  run: Pick<RunStatus, 'stages'>,
  stage: RunStatus['stages'][number]['stage'],
): string | undefined {
  return run.stages.find((one) => one.stage === stage)?.key;
}
