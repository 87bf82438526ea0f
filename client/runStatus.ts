import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { workflowIdOfRun } from '../core/contracts/names.js';
import { rateOf } from '../core/contracts/pace.js';
import type { BatchStatus } from '../core/contracts/predictions.js';
import { type ExtractionProgress, extractionIdOf, PROGRESS_QUERY, STATUS_QUERY } from '../core/contracts/queries.js';
import {
  type FetchHeartbeat,
  type RunState,
  type RunStatus,
  saysOpen,
  type ShardProgress,
  type TrainingHeartbeat,
} from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { type Rate, rateFor } from './rate.js';
import { workflowFailure } from './workflowFailure.js';

/** What the server tells of an activity that is under way or waits for another attempt. */
export type PendingActivity = { name: string; attempt: number; lastFailure: string; heartbeat: unknown };

/** A run with the state it is in by now; `unknown` where its record calls it open and the server has no such run. */
export type SeenRun = Omit<RunStatus, 'state'> & { state: RunState | 'unknown' };

/** What is told beside the state of a run that its record calls open, where no server can be asked. */
export const NOBODY_ASKED =
  'open runs are told as they were recorded: no server runs here to ask; start ours by: ./ser up';

/** A run as far as it can be seen from outside. */
export type RunView<Status = RunStatus> = {
  status: Status;
  /** Of the fetching that is under way. */
  fetching?: FetchHeartbeat;
  /** Files a second of the extraction that is under way; what stood in the store already does not count. */
  extracting?: Rate;
  /** Of the training that is under way. */
  training?: TrainingHeartbeat;
  /** Activities with a failed attempt behind them. */
  retries: PendingActivity[];
};

type Describe = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;

/**
 * A run by name: an open one is asked, a closed one is read from the store, which needs neither worker nor server.
 *
 * @returns undefined when neither knows it
 */
export async function viewRun(
  client: Client | undefined,
  store: ObjectStore,
  name: string,
): Promise<RunView<SeenRun> | undefined> {
  const open = client === undefined ? undefined : await viewOpenRun(client, name);
  if (open !== undefined) return open;
  const recorded = await recordedRun(store, name);
  if (recorded === undefined) return undefined;
  return { status: await stateByNow(client, recorded), retries: [] };
}

/**
 * A recorded run in the state that the server knows it in, where its record calls it open: its end may not have been recorded,
 * and a run that the server does not know may go on at another one, or was lost with one.
 *
 * @param client without it, records are taken at their word
 */
export async function stateByNow(client: Client | undefined, recorded: RunStatus): Promise<SeenRun> {
  if (client === undefined || !saysOpen(recorded)) return recorded;
  const handle = client.workflow.getHandle(recorded.workflowId, recorded.executionId);
  const description = await unlessNotFound(handle.describe());
  if (description === undefined) return { ...recorded, state: 'unknown' };
  const { status, closeTime } = description;
  if (status.name === 'RUNNING') return recorded;
  const finishedAt = (closeTime ?? new Date()).toISOString();
  if (status.name === 'CANCELLED') return { ...recorded, state: 'cancelled', finishedAt };
  try {
    return (await handle.result()) as RunStatus;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { kind, what, subject, remedy } = workflowFailure(error);
    const goOn = `./ser resume ${recorded.name} goes on with what is finished.`;
    const failure = { kind, what, subject, remedy: `${remedy} ${goOn}`.trim() };
    return { ...recorded, state: 'failed', finishedAt, failure };
  }
}

/** `runs/<name>.json`. */
export async function recordedRun(store: ObjectStore, name: string): Promise<RunStatus | undefined> {
  const bytes = await store.get(`runs/${name}.json`);
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as RunStatus);
}

/** The view of a run that goes on; undefined when it does not. */
export function viewOpenRun(client: Client, name: string): Promise<RunView | undefined> {
  return viewOpenWorkflow<RunStatus>(client, workflowIdOfRun(name));
}

/** The view of a run or a batch that goes on; undefined when it does not. */
export async function viewOpenWorkflow<Status extends BatchStatus>(
  client: Client,
  workflowId: string,
): Promise<RunView<Status> | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await unlessNotFound(handle.describe());
  if (description?.status.name !== 'RUNNING') return undefined;

  const status = await handle.query<Status>(STATUS_QUERY);
  const pending = await pendingActivities(client, description);
  const extracts = status.stages.some(({ stage, state }) => stage === 'extractFeatures' && state === 'running');
  const extraction = extracts ? await addExtraction(client, status) : undefined;
  pending.push(...(extraction?.pending ?? []));
  const heartbeatOf = (activity: string) => pending.find((one) => one.name === activity)?.heartbeat;
  const fetching = heartbeatOf('fetchCorpus') ?? heartbeatOf('fetchRecordings');
  const training = heartbeatOf('trainModel');
  return {
    status,
    ...(isFetchHeartbeat(fetching) ? { fetching } : {}),
    ...(extraction?.rate === undefined ? {} : { extracting: extraction.rate }),
    ...(isTrainingHeartbeat(training) ? { training } : {}),
    retries: pending.filter(({ attempt, lastFailure }) => attempt > 1 && lastFailure !== ''),
  };
}

/** Adds what the child workflow has done so far to the status, and returns its pending activities and how fast it goes. */
async function addExtraction(
  client: Client,
  status: BatchStatus,
): Promise<{ pending: PendingActivity[]; rate: Rate | undefined } | undefined> {
  const handle = client.workflow.getHandle(extractionIdOf(status.workflowId));
  const description = await unlessNotFound(handle.describe());
  if (description?.status.name !== 'RUNNING' || status.shards === undefined) return undefined;
  const progress = await handle.query<ExtractionProgress>(PROGRESS_QUERY);
  status.shards.done += progress.done;
  status.shards.failed = progress.failed;
  status.shards.filesDone += progress.filesDone;
  const perSecond = progress.pace && rateOf(progress.pace, Date.now());
  return {
    pending: await pendingActivities(client, description),
    rate: rateFor(perSecond, filesLeft(status.shards)),
  };
}

/** Files that are to come yet; those of shards that have failed, which nobody counts, are taken for a like share. */
function filesLeft({ total, reused, done, failed, files, filesDone }: ShardProgress): number {
  const unfinished = total - reused - done;
  return unfinished === 0 ? 0 : ((files - filesDone) * (unfinished - failed)) / unfinished;
}

async function pendingActivities(client: Client, description: Describe): Promise<PendingActivity[]> {
  const converter = client.options.loadedDataConverter;
  const activities = description.raw.pendingActivities ?? [];
  return Promise.all(
    activities.map(async ({ activityType, attempt, lastFailure, heartbeatDetails }) => ({
      name: activityType?.name ?? '',
      attempt: attempt ?? 1,
      lastFailure: (await decodeOptionalFailureToOptionalError(converter, lastFailure))?.message ?? '',
      heartbeat: await decodeFromPayloadsAtIndex<unknown>(converter, 0, heartbeatDetails?.payloads),
    })),
  );
}

function isFetchHeartbeat(details: unknown): details is FetchHeartbeat {
  return typeof details === 'object' && details !== null && ('unit' in details || 'filesDone' in details);
}

function isTrainingHeartbeat(details: unknown): details is TrainingHeartbeat {
  return typeof details === 'object' && details !== null && 'epochs' in details && 'last' in details;
}

/** Undefined when the server knows no such workflow. */
export async function unlessNotFound<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
