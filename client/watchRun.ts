import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { messageOf } from '../core/contracts/errors.js';
import { workflowIdOfRun } from '../core/contracts/names.js';
import type { RunStatus } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { createProgressLine } from './progressLine.js';
import { progressOf, stageLine } from './runLines.js';
import { recordedRun, type RunView, viewOpenRun } from './runStatus.js';
import type { Terminal } from './terminal.js';

const LOOK_EVERY_MS = 400;

/**
 * Follows a run to its end and writes a line for every stage that ends.
 *
 * @param interrupted tells that the person at the terminal wants to go; the run itself goes on
 * @returns the final status, or that of a run which waits for somebody; undefined when interrupted
 */
export async function watchRun(
  client: Client,
  store: ObjectStore,
  name: string,
  executionId: string,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<RunStatus | undefined> {
  const leaving = new AbortController();
  const gone = AbortSignal.any([interrupted, leaving.signal]);
  try {
    return await client.withAbortSignal(gone, () => follow(client, store, name, executionId, terminal, gone));
  } finally {
    leaving.abort(); // a call still open when its connection is closed would be tried again, and end the process
  }
}

async function follow(
  client: Client,
  store: ObjectStore,
  name: string,
  executionId: string,
  terminal: Terminal,
  gone: AbortSignal,
): Promise<RunStatus | undefined> {
  const ending = endOf(client, name, executionId, gone);
  const progress = createProgressLine(terminal);
  const told = new Set<string>();
  const tellStages = (status: RunStatus) => {
    for (const stage of status.stages) {
      if (['waiting', 'running'].includes(stage.state) || told.has(stage.stage)) continue;
      told.add(stage.stage);
      progress.clear();
      terminal.say(stageLine(stage, terminal));
    }
  };

  let over: string | undefined;
  while (over === undefined && !gone.aborted) {
    const view = await lookAt(client, name, terminal, gone);
    if (view !== undefined && view.status.executionId === executionId) {
      tellStages(view.status);
      if (view.status.state === 'awaiting-resume') {
        progress.clear();
        return view.status;
      }
      const at = progressOf(view);
      if (at !== undefined) progress.update(at.stage, at.done, at.total, at.text, at.news);
    }
    over = await Promise.race([ending, sleep(LOOK_EVERY_MS, undefined, { signal: gone }).catch(() => undefined)]);
  }
  progress.clear();
  if (over === undefined) return undefined;

  const status = await recordedRun(store, name);
  if (status === undefined || status.executionId !== executionId) throw new Error(over);
  tellStages(status);
  return status;
}

/** A word on how the run ended, undefined when nobody waits any more; never rejects for an end that is the run's own. */
async function endOf(
  client: Client,
  name: string,
  executionId: string,
  gone: AbortSignal,
): Promise<string | undefined> {
  try {
    await client.workflow.getHandle(workflowIdOfRun(name), executionId).result();
    return 'completed';
  } catch (error) {
    if (gone.aborted) return undefined;
    if (error instanceof WorkflowFailedError) return error.cause?.message ?? error.message;
    throw error;
  }
}

let lastTrouble = '';

/** A worker that is busy or gone can't answer for the moment; the run is not over for that. */
async function lookAt(
  client: Client,
  name: string,
  terminal: Terminal,
  gone: AbortSignal,
): Promise<RunView | undefined> {
  try {
    // Calls leave their listeners on the signal, and a run has many looks: each look gets a signal of its own.
    const view = await client.withAbortSignal(AbortSignal.any([gone]), () => viewOpenRun(client, name));
    lastTrouble = '';
    return view;
  } catch (error) {
    if (gone.aborted) return undefined;
    const trouble = messageOf(error).split('\n')[0] ?? '';
    if (trouble !== lastTrouble) terminal.say(`  no word from the run for the moment: ${trouble}`);
    lastTrouble = trouble;
    return undefined;
  }
}
