import {
  CancellationScope,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CatalogueReference } from '../core/contracts/activities.js';
import { STAGES, type StageName, VERSION } from '../core/contracts/names.js';
import { STATUS_QUERY } from '../core/contracts/queries.js';
import type { StageTiming } from '../core/contracts/report.js';
import type { DataCheckInput } from '../core/contracts/retraining.js';
import type { RunConfig, RunStatus, StageStatus } from '../core/contracts/runs.js';
import type { SearchAttributeName } from '../core/contracts/searchAttributes.js';
import { activities } from './activities.js';
import { extractPlan } from './extraction.js';
import { failureLines } from './failures.js';
import { initialAttributes, searchable } from './searchAttributes.js';

const statusQuery = defineQuery<RunStatus>(STATUS_QUERY);

/** What a run is told that is no part of its configuration. */
export type RunOptions = {
  /** The execution that this one continues. */
  origin?: string;
  /** What the server takes of the attributes that runs are found by. */
  searchAttributes?: SearchAttributeName[];
  /** What a retraining has found at its sources already. */
  catalogue?: CatalogueReference;
  /** What its data are held against, see `checkData`. */
  baseline?: DataCheckInput['baseline'];
};

type Tell = ReturnType<typeof searchable>;

/** What a stage tells of itself when it is over. */
type Outcome = { key?: string; reused?: boolean; note?: string };

/**
 * One run from recordings to an evaluated model and its report. Every stage hands the key of its output to the next;
 * what stands in the store already is not made again.
 *
 * @returns the final status, which is also `runs/<name>.json` in the store
 */
export async function trainingRun(config: RunConfig, options: RunOptions = {}): Promise<RunStatus> {
  const status = initialStatus(config, options);
  setHandler(statusQuery, () => status);
  const tell = searchable(options.searchAttributes ?? []);
  tell(initialAttributes(config));
  await activities.recordRun({ status });
  try {
    await runStages(config, tell, options, status);
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

async function runStages(
  config: RunConfig,
  tell: Tell,
  { catalogue: known, baseline }: RunOptions,
  status: RunStatus,
): Promise<void> {
  const stage = stageRunner(status, tell);
  const skipped = () => status.skippedShards ?? '';

  const catalogue = await stage('fetchCorpus', async () => {
    const found = known ?? (await activities.fetchCorpus({ data: config.data, store: config.store }));
    status.catalogue = found.counts;
    status.rejects = found.rejects;
    const { usable, rejected, hours } = found.counts;
    return { ...found, note: `${usable} recordings, ${hours.toFixed(2)} h, ${rejected} rejected` };
  });

  const plan = await stage('planShards', async () => {
    const planned = await activities.planShards({ catalogue: catalogue.key, featureSet: config.features.set });
    return { ...planned, note: `${planned.shards} shards of ${planned.files} recordings` };
  });

  await stage('extractFeatures', () =>
    extractPlan(config, status, plan, {
      onWaiting: async (waiting) => {
        status.state = waiting ? 'awaiting-resume' : 'running';
        setCurrentDetails(detailsOf(status));
        await activities.recordRun({ status });
      },
    }),
  );

  if (baseline !== undefined) {
    await stage('checkData', () =>
      activities.checkData({ catalogue: catalogue.key, plan: plan.key, skipped: skipped(), baseline }),
    );
  }

  const split = await stage('splitUtterances', () =>
    activities.splitUtterances({ catalogue: catalogue.key, plan: plan.key, split: config.split, skipped: skipped() }),
  );

  const model = await stage('trainModel', () =>
    activities.trainModel({ plan: plan.key, split: split.key, training: config.training, backend: config.backend }),
  );

  const evaluation = await stage('evaluateModel', async () => {
    const evaluated = await activities.evaluateModel({ plan: plan.key, split: split.key, model: model.key });
    status.metrics = evaluated.metrics;
    tell({ SerAccuracy: evaluated.metrics.accuracy });
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
      skipped: skipped(),
      timings: timingsOf(status),
    }),
  );

  await stage('promoteModel', async () => {
    const promotion = await activities.promoteModel({
      run: config.name,
      policy: config.promote,
      model: model.key,
      split: split.key,
      plan: plan.key,
    });
    status.promotion = promotion;
    const { promoted, reason } = promotion;
    return { note: `${promoted ? 'champion' : 'not champion'}: ${reason}` };
  });
}

/** Returns the function that runs one stage and keeps its line of the status. */
function stageRunner(status: RunStatus, tell: Tell) {
  return async function stage<T extends Outcome>(name: StageName, work: () => Promise<T>): Promise<T> {
    const line = status.stages.find((one) => one.stage === name)!;
    line.state = 'running';
    line.startedAt = new Date().toISOString();
    tell({ SerStage: name });
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

function timingsOf({ stages }: RunStatus): StageTiming[] {
  return stages.flatMap(({ stage, state, startedAt, finishedAt }) => {
    if (startedAt === undefined || finishedAt === undefined) return [];
    return [{ stage, state, seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 }];
  });
}

function initialStatus(config: RunConfig, { origin, baseline }: RunOptions): RunStatus {
  const info = workflowInfo();
  return {
    name: config.name,
    workflowId: info.workflowId,
    executionId: info.runId,
    state: 'running',
    config,
    version: VERSION,
    startedAt: info.startTime.toISOString(),
    ...(origin === undefined ? {} : { origin }),
    stages: STAGES.filter((stage) => stage !== 'checkData' || baseline !== undefined).map((stage): StageStatus => ({
      stage,
      state: 'waiting',
    })),
  };
}

/** The run as the Temporal UI shows it, in Markdown. */
function detailsOf(status: RunStatus): string {
  const rows = status.stages.map(({ stage, state, note = '' }) => `| ${stage} | ${state} | ${note} |`);
  const table = ['| stage | state | |', '| --- | --- | --- |', ...rows];
  return [...table, ...waitingLines(status)].join('\n');
}

function waitingLines({ name, state, failedShards }: RunStatus): string[] {
  if (state !== 'awaiting-resume' || failedShards === undefined) return [];
  return [
    '',
    `**Waiting:** ${failedShards.count} shards stayed failed. Mend the cause, then type \`./ser resume ${name}\`,`,
    `or go on without them: \`./ser resume ${name} --skip-failed\`.`,
    '',
    ...failedShards.first.map(({ shard, what }) => `- shard ${shard}: ${what}`),
  ];
}
