import {
  CancellationScope,
  defineQuery,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CatalogueReference } from '../core/contracts/activities.js';
import { type StageName, VERSION } from '../core/contracts/names.js';
import { STATUS_QUERY } from '../core/contracts/queries.js';
import type { StageTiming } from '../core/contracts/report.js';
import type { DataCheckInput } from '../core/contracts/retraining.js';
import type { RunConfig, RunStatus, StageStatus } from '../core/contracts/runs.js';
import type { SearchAttributeName } from '../core/contracts/searchAttributes.js';
import { activities } from './activities.js';
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

/** What goes through stages and shows where it stands. */
type StagedStatus = Pick<RunStatus, 'name' | 'state' | 'stages' | 'failedShards' | 'experiment'> & {
  config?: RunConfig;
};

/** What a stage tells of itself when it is over. */
type Outcome = { key?: string; reused?: boolean; note?: string };

/** Runs one stage and keeps its line of the status. */
export type StageRunner = <T extends Outcome>(name: StageName, work: () => Promise<T>) => Promise<T>;

/** What the stages of a run work with. */
export type RunFrame = { status: RunStatus; stage: StageRunner; tell: Tell };

/**
 * Runs the stages of a run, answers for its status meanwhile, and records it at the beginning and at the end, however it
 * ends.
 *
 * @returns the final status, which is also `runs/<name>.json` in the store
 */
export async function recorded(
  config: RunConfig,
  stages: readonly StageName[],
  options: RunOptions,
  runStages: (frame: RunFrame) => Promise<void>,
): Promise<RunStatus> {
  const status = initialStatus(config, stages, options);
  setHandler(statusQuery, () => status);
  const tell = searchable(options.searchAttributes ?? []);
  tell(initialAttributes(config));
  const conclude = () => {
    status.finishedAt = new Date().toISOString();
    return CancellationScope.nonCancellable(() => activities.recordRun({ status }));
  };
  try {
    await activities.recordRun({ status });
    await runStages({ status, stage: stageRunner(status, tell), tell });
    status.state = 'completed';
  } catch (error) {
    status.state = isCancellation(error) ? 'cancelled' : 'failed';
    if (status.state === 'failed') status.failure = failureLines(error);
    await conclude().catch(() => undefined); // a store that is away must not hide why the run failed
    throw error;
  }
  await conclude();
  return status;
}

/** Returns the function that runs one stage and keeps its line of the status. */
export function stageRunner(status: StagedStatus, tell: Tell = () => undefined): StageRunner {
  return async (name, work) => {
    const line = status.stages.find((one) => one.stage === name)!;
    line.state = 'running';
    line.startedAt = new Date().toISOString();
    tell({ SerStage: name });
    showDetails(status);
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
      showDetails(status);
    }
  };
}

export function timingsOf({ stages }: RunStatus): StageTiming[] {
  return stages.flatMap(({ stage, state, startedAt, finishedAt }) => {
    if (startedAt === undefined || finishedAt === undefined) return [];
    return [{ stage, state, seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 }];
  });
}

function initialStatus(config: RunConfig, stages: readonly StageName[], { origin }: RunOptions): RunStatus {
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
    stages: stages.map((stage): StageStatus => ({ stage, state: 'waiting' })),
  };
}

/** Shows the run in the Temporal UI as it stands. */
export function showDetails(status: StagedStatus): void {
  setCurrentDetails(detailsOf(status));
}

function detailsOf(status: StagedStatus): string {
  const rows = status.stages.map(({ stage, state, note = '' }) => `| ${stage} | ${state} | ${note} |`);
  const table = ['| stage | state | |', '| --- | --- | --- |', ...rows];
  return [...table, ...trialLines(status), ...waitingLines(status), ...reportLines(status)].join('\n');
}

function trialLines({ experiment }: StagedStatus): string[] {
  if (experiment === undefined) return [];
  const { done, total, running, failed, soFar = '' } = experiment;
  return ['', `${done} of ${total} trainings done, ${running} under way, ${failed} failed. ${soFar}`];
}

function waitingLines({ name, state, failedShards }: StagedStatus): string[] {
  if (state !== 'awaiting-resume' || failedShards === undefined) return [];
  return [
    '',
    `**Waiting:** ${failedShards.count} shards stayed failed. Mend the cause, then type \`./ser resume ${name}\`,`,
    `or go on without them: \`./ser resume ${name} --skip-failed\`.`,
    '',
    ...failedShards.first.map(({ shard, what }) => `- shard ${shard}: ${what}`),
  ];
}

function reportLines({ name, stages, config }: StagedStatus): string[] {
  const key = stages.find(({ stage }) => stage === 'writeReport')?.key;
  if (key === undefined || config === undefined) return [];
  return ['', `Report: \`./ser report ${name}\`, or \`${config.store}/reports/${key}/report.html\``];
}
