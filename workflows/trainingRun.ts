import {
  CancellationScope,
  defineQuery,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanReference } from '../core/contracts/activities.js';
import { STAGES, type StageName, VERSION } from '../core/contracts/names.js';
import { extractionIdOf, STATUS_QUERY } from '../core/contracts/queries.js';
import type { RunConfig, RunStatus, StageStatus } from '../core/contracts/runs.js';
import { activities } from './activities.js';
import { extractFeatures } from './extractFeatures.js';
import { failureLines } from './failures.js';

const statusQuery = defineQuery<RunStatus>(STATUS_QUERY);

/** What a stage tells of itself when it is over. */
type Outcome = { key?: string; reused?: boolean; note?: string };

/**
 * One run from recordings to an evaluated model and its report. Every stage hands the key of its output to the next;
 * what stands in the store already is not made again.
 *
 * @returns the final status, which is also `runs/<name>.json` in the store
 */
export async function trainingRun(config: RunConfig): Promise<RunStatus> {
  const status = initialStatus(config);
  setHandler(statusQuery, () => status);
  await activities.recordRun({ status });
  try {
    await runStages(config, status);
    status.state = 'completed';
  } catch (error) {
    status.state = isCancellation(error) ? 'cancelled' : 'failed';
    if (status.state === 'failed') status.failure = failureLines(error);
    throw error;
  } finally {
    status.finishedAt = new Date().toISOString();
    await CancellationScope.nonCancellable(() => activities.recordRun({ status }));
  }
  return status;
}

async function runStages(config: RunConfig, status: RunStatus): Promise<void> {
  const stage = stageRunner(status);

  const catalogue = await stage('fetchCorpus', async () => {
    const found = await activities.fetchCorpus({ data: config.data, store: config.store });
    status.catalogue = found.counts;
    status.rejects = found.rejects;
    const { usable, rejected, hours } = found.counts;
    return { ...found, note: `${usable} recordings, ${hours.toFixed(2)} h, ${rejected} rejected` };
  });

  const plan = await stage('planShards', async () => {
    const planned = await activities.planShards({ catalogue: catalogue.key, featureSet: config.features.set });
    return { ...planned, note: `${planned.shards} shards of ${planned.files} recordings` };
  });

  await stage('extractFeatures', () => extract(config, status, plan));

  const split = await stage('splitUtterances', () =>
    activities.splitUtterances({ catalogue: catalogue.key, plan: plan.key, split: config.split }),
  );

  const model = await stage('trainModel', () =>
    activities.trainModel({ plan: plan.key, split: split.key, training: config.training, backend: config.backend }),
  );

  const evaluation = await stage('evaluateModel', async () => {
    const evaluated = await activities.evaluateModel({ plan: plan.key, split: split.key, model: model.key });
    status.metrics = evaluated.metrics;
    const { accuracy, macroF1, count } = evaluated.metrics;
    return {
      ...evaluated,
      note: `accuracy ${(100 * accuracy).toFixed(1)} %, macro F1 ${(100 * macroF1).toFixed(1)} % on ${count} test recordings`,
    };
  });

  await stage('writeReport', () =>
    activities.writeReport({
      config,
      catalogue: catalogue.key,
      plan: plan.key,
      split: split.key,
      model: model.key,
      evaluation: evaluation.key,
    }),
  );

  await stage('promoteModel', async () => {
    const { promoted, reason } = await activities.promoteModel({
      run: config.name,
      policy: config.promote,
      model: model.key,
      evaluation: evaluation.key,
      split: split.key,
    });
    return { note: `${promoted ? 'champion' : 'not champion'}: ${reason}` };
  });
}

/** Extracts what the plan lacks in a child workflow; a plan that lacks nothing needs none. */
async function extract(config: RunConfig, status: RunStatus, plan: PlanReference): Promise<Outcome> {
  const shards = {
    total: plan.shards,
    reused: plan.shards,
    done: 0,
    failed: 0,
    files: plan.files,
    filesDone: plan.files - plan.filesPending,
  };
  status.shards = shards;
  if (plan.pending === '') return { reused: true, note: `all ${plan.shards} shards stand` };

  shards.reused -= plan.shardsPending;
  const { progress, rejected } = await executeChild(extractFeatures, {
    workflowId: extractionIdOf(workflowInfo().workflowId),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    args: [{ plan: plan.key, pending: plan.pending, inFlight: config.shardsInFlight }],
    staticSummary: `${plan.shardsPending} of ${plan.shards} shards`,
  });
  shards.done = progress.done;
  shards.failed = progress.failed;
  shards.filesDone += progress.filesDone;
  return { note: `${progress.done} shards extracted, ${shards.reused} reused, ${rejected} recordings rejected` };
}

/** Returns the function that runs one stage and keeps its line of the status. */
function stageRunner(status: RunStatus) {
  return async function stage<T extends Outcome>(name: StageName, work: () => Promise<T>): Promise<T> {
    const line = status.stages.find((one) => one.stage === name)!;
    line.state = 'running';
    line.startedAt = new Date().toISOString();
    setCurrentDetails(detailsOf(status));
    try {
      const outcome = await work();
      line.state = outcome.reused === true ? 'reused' : 'done';
      if (outcome.key !== undefined) line.key = outcome.key;
      if (outcome.note !== undefined) line.note = outcome.note;
      return outcome;
    } catch (error) {
      line.state = isCancellation(error) ? 'cancelled' : 'failed';
      line.note = isCancellation(error) ? 'cancelled' : failureLines(error).what;
      throw error;
    } finally {
      line.finishedAt = new Date().toISOString();
      setCurrentDetails(detailsOf(status));
    }
  };
}

function initialStatus(config: RunConfig): RunStatus {
  const info = workflowInfo();
  return {
    name: config.name,
    workflowId: info.workflowId,
    executionId: info.runId,
    state: 'running',
    config,
    version: VERSION,
    startedAt: info.startTime.toISOString(),
    stages: STAGES.map((stage): StageStatus => ({ stage, state: 'waiting' })),
  };
}

/** The run as the Temporal UI shows it, in Markdown. */
function detailsOf(status: RunStatus): string {
  const rows = status.stages.map(({ stage, state, note = '' }) => `| ${stage} | ${state} | ${note} |`);
  return ['| stage | state | |', '| --- | --- | --- |', ...rows].join('\n');
}
