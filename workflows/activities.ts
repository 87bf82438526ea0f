import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../core/contracts/activities.js';
import { NON_RETRYABLE } from '../core/contracts/errors.js';
import { TASK_QUEUES } from '../core/contracts/names.js';

/** A store or a worker that is away is waited for, some three minutes; what another attempt cannot mend fails at once. */
const retry: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 10,
  nonRetryableErrorTypes: [...NON_RETRYABLE],
};

/** Seconds of work: no heartbeat needed. */
const light = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.main,
  startToCloseTimeout: '2 minutes',
  retry,
});

/** May outlive 10 s: a worker that is lost is noticed by its silence. */
const long = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.main,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10s',
  retry,
});

const extract = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.extract,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10s',
  retry: { ...retry, maximumAttempts: 5 },
});

const train = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.train,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10s',
  retry,
});

/** A receiver is waited for a minute at most: a schedule skips its firings meanwhile. */
const notify = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.main,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { ...retry, maximumAttempts: 5 },
});

/** Every activity on the queue and with the time-outs it is due. */
export const activities: Activities = {
  fetchCorpus: long.fetchCorpus,
  fetchRecordings: long.fetchRecordings,
  planShards: long.planShards,
  extractShard: extract.extractShard,
  splitUtterances: long.splitUtterances,
  trainModel: train.trainModel,
  evaluateModel: long.evaluateModel,
  predictRecordings: long.predictRecordings,
  writeReport: long.writeReport,
  chooseBackend: train.chooseBackend,
  poolTrials: long.poolTrials,
  writeExperimentReport: long.writeExperimentReport,
  promoteModel: long.promoteModel,
  recordRun: light.recordRun,
  checkData: long.checkData,
  lastRetraining: light.lastRetraining,
  recordRetraining: light.recordRetraining,
  forgetRuns: light.forgetRuns,
  notifyFailure: notify.notifyFailure,
};

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];

/** Those that one execution has many of, each with the line that the Temporal UI shows of it. */
export const summarised = {
  extractShard: (summary: string, input: Input<'extractShard'>) =>
    extract.extractShard.executeWithOptions({ summary }, [input]),
  splitUtterances: (summary: string, input: Input<'splitUtterances'>) =>
    long.splitUtterances.executeWithOptions({ summary }, [input]),
  trainModel: (summary: string, input: Input<'trainModel'>) =>
    train.trainModel.executeWithOptions({ summary }, [input]),
  evaluateModel: (summary: string, input: Input<'evaluateModel'>) =>
    long.evaluateModel.executeWithOptions({ summary }, [input]),
};
