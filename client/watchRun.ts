import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError, ServiceError, WorkflowFailedError } from '@temporalio/client';
import { messageOf, SerError } from '../core/contracts/errors.js';
import { workflowIdOfRun } from '../core/contracts/names.js';
import { type RunStatus, saysOpen } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { createProgressLine } from './progressLine.js';
import { progressOf, stageLine } from './runLines.js';
import { recordedRun, type RunView, viewOpenRun } from './runStatus.js';
import type { Terminal } from './terminal.js';
import { workflowFailure } from './workflowFailure.js';

const LOOK_EVERY_MS = 400;

/** A server that does not answer is asked so many times; the SDK repeats each call by itself for half a minute. */
const CALLS_IN_VAIN = 10;
const LONGEST_CALL_IN_VAIN_MS = 120_000;
/** As gRPC numbers it. */
const UNAVAILABLE = 14;

/**
 * Follows a run to its end and writes a line for every stage that ends.
 *
 * @param interrupted tells that the person at the terminal wants to go; the run itself goes on
 * @returns the final status, or that of a run which waits for somebody; undefined when interrupted
 * @throws SerError what the run failed with, where its end could not be recorded
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
    return await follow(client, store, name, executionId, terminal, gone);
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
  const ending = untilGone(client, gone, () => endOf(client, name, executionId, gone));
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

  let over: Ending | undefined;
  while (over === undefined && !gone.aborted) {
    const view = await untilGone(client, gone, () => lookAt(client, name, terminal, gone));
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

  const { failure } = over;
  const looked = recordedRun(store, name);
  const status = await (failure === undefined ? looked : looked.catch(() => undefined));
  if (status?.executionId !== executionId || saysOpen(status)) throw unrecorded(name, failure);
  tellStages(status);
  return status;
}

/** A store that stays away fails a run, and cannot keep the record of it. */
function unrecorded(name: string, failure: SerError | undefined): SerError {
  const goOn = `Then go on with what is finished by: ./ser resume ${name}`;
  if (failure === undefined)
    return new SerError('Unreachable', 'it ended, and its record is gone', `run ${name}`, goOn);
  const { kind, what, subject, remedy } = failure;
  return new SerError(kind, what, subject, `${remedy} ${goOn}`.trim(), { cause: failure });
}

/** How an execution ended. */
type Ending = { failure?: SerError };

/** Makes calls that end with a signal, which the SDK never lets go of: each piece of work gets one of its own. */
async function untilGone<T>(client: Client, gone: AbortSignal, work: () => Promise<T>): Promise<T> {
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // waiting for a result is a call every few seconds
  const end = () => ending.abort(gone.reason);
  if (gone.aborted) end();
  gone.addEventListener('abort', end); // not AbortSignal.any, which `gone` would remember for good
  try {
    return await client.withAbortSignal(ending.signal, work);
  } finally {
    gone.removeEventListener('abort', end);
  }
}

/** How the run ended, undefined when nobody waits any more; never rejects for an end that is the run's own. */
async function endOf(
  client: Client,
  name: string,
  executionId: string,
  gone: AbortSignal,
): Promise<Ending | undefined> {
  const handle = client.workflow.getHandle(workflowIdOfRun(name), executionId);
  for (let failures = 0; ;) {
    const asked = performance.now();
    try {
      await handle.result();
      return {};
    } catch (error) {
      if (gone.aborted) return undefined;
      if (error instanceof WorkflowFailedError) return { failure: workflowFailure(error) };
      failures = performance.now() - asked > LONGEST_CALL_IN_VAIN_MS ? 1 : failures + 1;
      if (!isAway(error) || failures > CALLS_IN_VAIN) throw error;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
  }
}

/** A server that is started again, or a network that is away for a while, ends no run. */
function isAway(error: unknown): boolean {
  return error instanceof ServiceError && isGrpcServiceError(error.cause) && Number(error.cause.code) === UNAVAILABLE;
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
    const view = await untilGone(client, gone, () => viewOpenRun(client, name));
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
