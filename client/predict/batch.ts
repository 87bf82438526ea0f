import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError, WorkflowIdConflictPolicy, type WorkflowHandle } from '@temporalio/client';
import { readPredictions, type TableRow } from '../../activities/objects/predictionTable.js';
import { storeList } from '../../activities/objects/recordingList.js';
import { SerError } from '../../core/contracts/errors.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import {
  type BatchConfig,
  type BatchStatus,
  type PredictionsReference,
  workflowIdOfBatch,
} from '../../core/contracts/predictions.js';
import { STATUS_QUERY } from '../../core/contracts/queries.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import type { Bundle } from '../../core/training/bundle.js';
import type { predictBatch } from '../../workflows/predictBatch.js';
import type { CommandContext } from '../context.js';
import { storedModel } from '../models.js';
import { createProgressLine } from '../progressLine.js';
import { STDIN } from '../recordingList.js';
import { workflowFailure } from '../workflowFailure.js';
import { progressOf, stageLine } from '../runLines.js';
import { viewOpenWorkflow } from '../runStatus.js';
import { linkWithWorkers, uiAddress } from '../server.js';
import type { Terminal } from '../terminal.js';
import type { Prediction } from './prediction.js';
import type { SpeakerOf } from './speakers.js';

const LOOK_EVERY_MS = 400;
const SHARDS_IN_FLIGHT = 32;

/** What came of a batch, and where its table lies. */
export type BatchResult = PredictionsReference & { table: string; rows(): Promise<Prediction[]> };

/**
 * Has the workers of a server predict recordings, and follows it. The same recordings by the same model are the same
 * batch: whoever asks while it goes on attaches to it, and what is in the store is not done again.
 *
 * @returns undefined when the person at the terminal left; the batch goes on
 */
export async function runBatch(
  files: readonly string[],
  model: string,
  { metadata, labels }: Bundle,
  speakerOf: SpeakerOf | undefined,
  context: CommandContext,
): Promise<BatchResult | undefined> {
  if (files.includes(STDIN)) {
    throw new SerError('BadConfig', 'cannot be read by the workers', 'standard input', 'Leave --workflow out.');
  }
  const store = await openStore(context.configuration.store);
  await checkWritable(store);
  const list = files.map((name) => ({
    name,
    path: resolve(context.workingFolder, name),
    speaker: speakerOf?.(name) ?? '',
  }));
  const config: BatchConfig = {
    store: store.url,
    list: await storeList(store, list),
    model: await storedModel(model, store, context),
    featureSet: metadata.featureSet.name,
    shardsInFlight: SHARDS_IN_FLIGHT,
  };
  const link = await linkWithWorkers(context, store.url);
  try {
    const handle = await start(link.client, config, files.length);
    context.terminal.say(`batch of ${files.length} recordings${uiAddress(link, handle.workflowId)}`);
    const reference = await follow(link.client, handle, context.terminal);
    if (reference === undefined) return undefined;
    const rows = async () => (await readPredictions(store, reference.key)).map((row) => predictionOf(row, labels));
    return { ...reference, table: tableAddress(store, reference.key), rows };
  } finally {
    await link.close();
  }
}

function start(client: Client, config: BatchConfig, files: number): Promise<WorkflowHandle<typeof predictBatch>> {
  return client.workflow.start<typeof predictBatch>('predictBatch', {
    workflowId: workflowIdOfBatch(config),
    taskQueue: TASK_QUEUES.main,
    args: [config],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    memo: { config },
    staticSummary: `${files} recordings · ${config.featureSet}`,
  });
}

/** Tells how far it is until it ends or somebody interrupts. */
async function follow(
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
function tableAddress({ url }: ObjectStore, key: string): string {
  const object = `predictions/${key}/predictions.parquet`;
  return url.startsWith('file:') ? resolve(url.slice('file:'.length), object) : `${url}/${object}`;
}

function predictionOf(row: TableRow, labels: readonly string[]): Prediction {
  if ('error' in row) return { file: row.file, error: row.error };
  const { file, emotion, probabilities, durationSeconds, warnings } = row;
  return {
    file,
    emotion,
    probability: Math.max(...probabilities),
    probabilities: Object.fromEntries(labels.map((label, index) => [label, probabilities[index]!])),
    durationSeconds,
    warnings,
  };
}
