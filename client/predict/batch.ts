import { resolve } from 'node:path';
import { type Client, WorkflowIdConflictPolicy, type WorkflowHandle } from '@temporalio/client';
import { readPredictions, type TableRow } from '../../activities/objects/predictionTable.js';
import { storeList } from '../../activities/objects/recordingList.js';
import { SerError } from '../../core/contracts/errors.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { type BatchConfig, type PredictionsReference, workflowIdOfBatch } from '../../core/contracts/predictions.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import { openStore } from '../../core/store/open.js';
import type { Bundle } from '../../core/training/bundle.js';
import type { predictBatch } from '../../workflows/predictBatch.js';
import { followBatch, tableAddress } from '../batches.js';
import type { CommandContext } from '../context.js';
import { storedModel } from '../models.js';
import { STDIN } from '../recordingList.js';
import { linkWithWorkers, uiAddress } from '../server.js';
import type { Prediction } from './prediction.js';
import type { SpeakerOf } from './speakers.js';

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
    context.terminal.say(
      `batch ${handle.workflowId} of ${files.length} recordings${uiAddress(link, handle.workflowId)}`,
    );
    const reference = await followBatch(link.client, handle, context.terminal);
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
