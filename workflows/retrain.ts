import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { VERSION, workflowIdOfRun } from '../core/contracts/names.js';
import {
  type LastRetraining,
  type RetrainConfig,
  type RetrainOutcome,
  runNameOf,
} from '../core/contracts/retraining.js';
import type { RunConfig, RunStatus } from '../core/contracts/runs.js';
import { activities } from './activities.js';
import { failureLines } from './failures.js';
import { trainingRun } from './trainingRun.js';

/**
 * Looks at what the sources hold now and trains on it, unless it is what the last successful retraining trained on.
 * Data that look wrong beside those of then stop it before it trains.
 */
export async function retrain(config: RetrainConfig): Promise<RetrainOutcome> {
  try {
    const trained = await retrainIfChanged(config);
    const outcome =
      config.keep === undefined ? trained : await withOlderForgotten(config.schedule, config.keep, trained);
    setCurrentDetails(outcome.note);
    return outcome;
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw await told(config, error);
  }
}

async function retrainIfChanged(config: RetrainConfig): Promise<RetrainOutcome> {
  const settings = settingsOf(config);
  const last = await activities.lastRetraining({ schedule: config.schedule });
  const catalogue = await activities.fetchCorpus({ data: config.run.data, store: config.run.store });
  if (last?.catalogue === catalogue.key && last.settings === settings) {
    const note = `unchanged: the ${catalogue.counts.usable} recordings that run ${last.run} was trained on`;
    return { outcome: 'unchanged', run: last.run, note };
  }

  const run = { ...config.run, name: runNameOf(config.schedule, workflowInfo().startTime) };
  const status = await executeChild(trainingRun, {
    workflowId: workflowIdOfRun(run.name),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    args: [
      run,
      {
        catalogue,
        ...(config.searchAttributes && { searchAttributes: config.searchAttributes }),
        ...(last === null ? {} : { baseline: { ...baselineOf(last), maxDrift: config.maxDrift } }),
      },
    ],
    memo: { config: run, version: VERSION },
    staticSummary: `schedule ${config.schedule}`,
  });
  await activities.recordRetraining({ schedule: config.schedule, last: successOf(status, settings) });
  return {
    outcome: 'trained',
    run: run.name,
    note: `trained ${run.name} on ${catalogue.counts.usable} recordings: ${status.promotion?.reason ?? ''}`,
    ...(status.promotion === undefined ? {} : { promotion: status.promotion }),
  };
}

/** What was trained and promoted stands: should the older runs stay recorded for now, the next retraining forgets them. */
async function withOlderForgotten(schedule: string, keep: number, outcome: RetrainOutcome): Promise<RetrainOutcome> {
  try {
    const forgotten = await activities.forgetRuns({ schedule, keep });
    if (forgotten.length === 0) return outcome;
    return { ...outcome, note: `${outcome.note}; forgot ${forgotten.join(', ')}` };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { ...outcome, note: `${outcome.note}; older runs stay for now: ${failureLines(error).what}` };
  }
}

function baselineOf({ catalogue, plan }: LastRetraining): Pick<LastRetraining, 'catalogue' | 'plan'> {
  return { catalogue, plan };
}

/** What decides about the model, apart from the data. */
function settingsOf({ run: { features, split, training, backend } }: RetrainConfig): string {
  const settings: Pick<RunConfig, 'features' | 'split' | 'training' | 'backend'> = {
    features,
    split,
    training,
    backend,
  };
  return JSON.stringify(settings);
}

function successOf({ name, stages, finishedAt = '' }: RunStatus, settings: string): LastRetraining {
  const key = (stage: string) => stages.find((one) => one.stage === stage)?.key ?? '';
  return { run: name, catalogue: key('fetchCorpus'), plan: key('planShards'), settings, finishedAt };
}

/** Tells the webhook, if there is one, and returns what the retraining is to fail with. */
async function told({ schedule, onFailure }: RetrainConfig, error: unknown): Promise<ApplicationFailure> {
  const failure = failureLines(error);
  if (onFailure !== undefined) {
    const { workflowId, runId } = workflowInfo();
    const event = {
      ...{ event: 'retraining.failed' as const, id: runId, schedule, workflowId },
      ...{ at: new Date().toISOString(), failure },
    };
    // a webhook that does not answer must not hide why the retraining failed
    await CancellationScope.nonCancellable(() => activities.notifyFailure({ url: onFailure, event })).catch(
      () => undefined,
    );
  }
  return ApplicationFailure.create({
    type: failure.kind,
    message: failure.what,
    nonRetryable: true,
    details: [failure],
  });
}
