import { defineQuery, setHandler, workflowInfo } from '@temporalio/workflow';
import { counted } from '../core/contracts/counted.js';
import { PREDICTION_STAGES } from '../core/contracts/names.js';
import type { BatchConfig, BatchStatus, PredictionsReference } from '../core/contracts/predictions.js';
import { STATUS_QUERY } from '../core/contracts/queries.js';
import { activities } from './activities.js';
import { extractPlan } from './extraction.js';
import { stageRunner } from './runFrame.js';

const statusQuery = defineQuery<BatchStatus>(STATUS_QUERY);

/**
 * What a model says of any number of recordings, as a table in the store. What stands there already is not made again, so
 * that a batch which failed or was cancelled goes on where it was when it is started anew.
 */
export async function predictBatch(config: BatchConfig): Promise<PredictionsReference> {
  const status = initialStatus();
  setHandler(statusQuery, () => status);
  const stage = stageRunner(status);

  const catalogue = await stage('fetchRecordings', async () => {
    const found = await activities.fetchRecordings({ list: config.list, store: config.store });
    const { usable, rejected, hours } = found.counts;
    return { ...found, note: `${usable} recordings, ${hours.toFixed(2)} h, ${rejected} rejected` };
  });

  const plan = await stage('planShards', async () => {
    const planned = await activities.planShards({ catalogue: catalogue.key, featureSet: config.featureSet });
    return { ...planned, note: `${counted(planned.shards, 'shard')} of ${counted(planned.files, 'recording')}` };
  });

  await stage('extractFeatures', () =>
    extractPlan({ shardsInFlight: config.shardsInFlight, onFailedShards: 'fail' }, status, plan, {
      onWaiting: () => Promise.resolve(),
    }),
  );

  return stage('predictRecordings', async () => {
    const predicted = await activities.predictRecordings({ plan: plan.key, model: config.model });
    return { ...predicted, note: `${predicted.answered} answers, ${predicted.rejected} rejected` };
  });
}

function initialStatus(): BatchStatus {
  const info = workflowInfo();
  return {
    name: info.workflowId,
    workflowId: info.workflowId,
    executionId: info.runId,
    state: 'running',
    startedAt: info.startTime.toISOString(),
    stages: PREDICTION_STAGES.map((stage) => ({ stage, state: 'waiting' })),
  };
}
