import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client, Connection, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../core/contracts/activities.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { extractionIdOf, RESUME_SIGNAL, STATUS_QUERY } from '../../core/contracts/queries.js';
import { type RetrainConfig, runNameOf } from '../../core/contracts/retraining.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../core/contracts/searchAttributes.js';
import { registerSearchAttributes } from '../../worker/searchAttributes.js';
import { fakeActivities, planOf } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { startTrainingRun, withWorkers } from '../support/workflows.js';

/** A way that workflows go; its histories are replayed by later versions of them. */
export type Scenario = {
  name: string;
  /** Goes it once. Returns the workflows whose histories are kept, by the name of the file. */
  record: (client: Client) => Promise<Record<string, WorkflowHandle>>;
};

const brokenShard = (): Pick<Activities, 'extractShard'> => ({
  extractShard: ({ shard }) =>
    shard === 2
      ? Promise.reject(ApplicationFailure.create({ type: 'BadInput', nonRetryable: true, message: 'is altered' }))
      : Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 }),
});

/** The same shard, whose cause is mended before it is tried again. */
const brokenOnce = (): Pick<Activities, 'extractShard'> => {
  const broken = brokenShard();
  let mended = false;
  const { activities } = fakeActivities();
  return {
    extractShard: (input) => {
      if (input.shard !== 2 || mended) return activities.extractShard(input);
      mended = true;
      return broken.extractShard(input);
    },
  };
};

/** A training run of which both its own history and that of its extraction are kept. */
function run(
  name: string,
  config: Partial<RunConfig>,
  activities: Partial<Activities> = {},
  act: (handle: WorkflowHandle) => Promise<unknown> = () => Promise.resolve(),
): Scenario {
  return {
    name,
    record: (client) =>
      withWorkers(client, fakeActivities(activities).activities, async () => {
        const handle = await startTrainingRun(client, runConfig({ name, ...config }));
        await act(handle);
        await handle.result().catch(() => undefined);
        const child = client.workflow.getHandle(extractionIdOf(workflowIdOfRun(name)));
        return { [`trainingRun-${name}`]: handle, ...((await isKnown(child)) ? { [`extractFeatures-${name}`]: child } : {}) };
      }),
  };
}

async function untilWaiting(handle: WorkflowHandle): Promise<void> {
  for (;;) if ((await handle.query<RunStatus>(STATUS_QUERY)).state === 'awaiting-resume') return;
}

function cancelledRun(): Scenario {
  const extracting = createGate();
  const extractShard: Activities['extractShard'] = async () => {
    extracting.open();
    return Context.current().cancelled;
  };
  return run('cancelled', {}, { extractShard }, async (handle) => {
    await extracting.opened;
    await handle.cancel();
  });
}

/** A retraining, and the run that it starts where it starts one. */
function retraining(
  name: string,
  overrides: Partial<Activities>,
  change: Partial<RetrainConfig> = {},
  act: (handle: WorkflowHandle) => Promise<unknown> = () => Promise.resolve(),
): Scenario {
  return {
    name: `retrain-${name}`,
    record: (client) =>
      withWorkers(client, fakeActivities(overrides).activities, async () => {
        const handle = await client.workflow.start('retrain', {
          workflowId: `retrain-${name}`,
          taskQueue: TASK_QUEUES.main,
          args: [{ schedule: name, run: runConfig(), maxDrift: 0.2, onFailure: 'https://example.org/hook', ...change }],
        });
        await act(handle);
        await handle.result().catch(() => undefined);
        const { startTime } = await handle.describe();
        const child = client.workflow.getHandle(workflowIdOfRun(runNameOf(name, startTime)));
        const trained = await isKnown(child);
        return { [`retrain-${name}`]: handle, ...(trained ? { [`trainingRun-of-retrain-${name}`]: child } : {}) };
      }),
  };
}

const isKnown = (handle: WorkflowHandle) =>
  handle.describe().then(
    () => true,
    () => false,
  );

/** The retraining before this one. */
const before = (catalogue: string): Pick<Activities, 'lastRetraining'> => {
  const { features, split, training, backend } = runConfig();
  const settings = JSON.stringify({ features, split, training, backend });
  return {
    lastRetraining: () =>
      Promise.resolve({ run: 'weekly-1', catalogue, plan: 'plan-before', settings, finishedAt: '2026-03-01T02:00:00Z' }),
  };
};

function cancelledRetraining(): Scenario {
  const training = createGate();
  const trainModel: Activities['trainModel'] = async () => {
    training.open();
    return Context.current().cancelled;
  };
  return retraining('cancelled', { trainModel }, {}, async (handle) => {
    await training.opened;
    await handle.cancel();
  });
}

/** On a server that takes every search attribute. */
const searchableRetraining: Scenario = {
  name: 'retrain-searchable',
  record: async (client) => {
    await registerSearchAttributes(client.connection as Connection, client.options.namespace);
    return retraining('searchable', {}, { searchAttributes: SEARCH_ATTRIBUTE_NAMES }).record(client);
  },
};

/** One shard more than an execution takes: of the two executions, the first, which ends by continuing as new. */
const continuedExtraction: Scenario = {
  name: 'continued',
  record: (client) =>
    withWorkers(client, fakeActivities().activities, async () => {
      const workflowId = 'extract-continued';
      const handle = await client.workflow.start('extractFeatures', {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: 'plan-key', pending: '0-1000', inFlight: 32 }],
      });
      await handle.result();
      return {
        'extractFeatures-continued': client.workflow.getHandle(workflowId, handle.firstExecutionRunId),
        'extractFeatures-continuing': client.workflow.getHandle(workflowId),
      };
    }),
};

/** A batch of predictions; its extraction is that of runs. */
function batch(name: string, activities: Partial<Activities> = {}): Scenario {
  return {
    name: `predictBatch-${name}`,
    record: (client) =>
      withWorkers(client, fakeActivities(activities).activities, async () => {
        const workflowId = `ser-predict-${name}`;
        const config = { store: 'file:/store', list: 'list-key', model: 'model-key', featureSet: 'librosa195' };
        const handle = await client.workflow.start('predictBatch', {
          workflowId,
          taskQueue: TASK_QUEUES.main,
          args: [{ ...config, shardsInFlight: 2 }],
        });
        await handle.result().catch(() => undefined);
        return { [`predictBatch-${name}`]: handle };
      }),
  };
}

/** Of an experiment its own history is kept; its extraction is that of runs. */
function trials(
  name: string,
  experiment: NonNullable<RunConfig['experiment']>,
  activities: Partial<Activities> = {},
  act: (handle: WorkflowHandle) => Promise<unknown> = () => Promise.resolve(),
): Scenario {
  return {
    name: `experiment-${name}`,
    record: (client) =>
      withWorkers(client, fakeActivities(activities).activities, async () => {
        const config = runConfig({ name: `experiment-${name}`, experiment });
        const handle = await client.workflow.start('experiment', {
          workflowId: workflowIdOfRun(config.name),
          taskQueue: TASK_QUEUES.main,
          args: [config],
        });
        await act(handle);
        await handle.result().catch(() => undefined);
        return { [`experiment-${name}`]: handle };
      }),
  };
}

const search: NonNullable<RunConfig['experiment']>['search'] = {
  options: { features: ['librosa195', 'functionals'], learningRate: [0.1, 10] },
  points: '0-3',
  metric: 'macroF1',
  inner: { protocol: 'random', folds: 2 },
  keep: 0.5,
};

/** A learning rate of 10 does not converge. */
const divergent: Activities['trainModel'] = ({ training }) =>
  training.learningRate > 1
    ? Promise.reject(ApplicationFailure.nonRetryable('the loss is no longer finite', 'BadConfig'))
    : Promise.resolve({ key: 'model-key', reused: false, backend: 'fused', note: '' });

function cancelledTrials(): Scenario {
  const training = createGate();
  const trainModel: Activities['trainModel'] = async () => {
    training.open();
    return Context.current().cancelled;
  };
  return trials('cancelled', { folds: 3 }, { trainModel }, async (handle) => {
    await training.opened;
    await handle.cancel();
  });
}

const everythingStands = planOf(4, { pending: '', shardsPending: 0, filesPending: 0, reused: true });

export const scenarios: readonly Scenario[] = [
  run('clean', {}),
  run('reused', {}, { planShards: () => Promise.resolve(everythingStands) }),
  run('shards-failed', { onFailedShards: 'fail' }, brokenShard()),
  run('shards-skipped', { onFailedShards: 'skip' }, brokenShard()),
  run('resumed', { onFailedShards: 'wait' }, brokenShard(), async (handle) => {
    await untilWaiting(handle);
    await handle.signal(RESUME_SIGNAL, { skipFailed: true });
  }),
  run('refused', {}, { splitUtterances: () => Promise.reject(ApplicationFailure.nonRetryable('too few', 'DataRefused')) }),
  run('retried', { onFailedShards: 'wait' }, brokenOnce(), async (handle) => {
    await untilWaiting(handle);
    await handle.signal(RESUME_SIGNAL, { skipFailed: false });
  }),
  run('waited-in-vain', { onFailedShards: 'wait', waitAtMostSeconds: 1 }, brokenShard()),
  cancelledRun(),
  continuedExtraction,
  retraining('trained', {}),
  retraining('unchanged', before('catalogue-key')),
  retraining('changed', before('catalogue-before')),
  retraining('stopped', {
    ...before('catalogue-before'),
    checkData: () => Promise.reject(ApplicationFailure.nonRetryable('the class sad has vanished', 'DataRefused')),
  }),
  retraining('forgetting', { forgetRuns: () => Promise.resolve(['weekly-20260101-020000']) }, { keep: 10 }),
  cancelledRetraining(),
  searchableRetraining,
  trials('folds', { folds: 3, seeds: 2 }),
  trials('search', { folds: 2, search }, { trainModel: divergent }),
  cancelledTrials(),
  batch('clean'),
  batch('reused', { planShards: () => Promise.resolve(everythingStands) }),
  batch('shards-failed', brokenShard()),
];
