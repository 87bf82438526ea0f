import { ApplicationFailure, Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { expect } from 'chai';
import type { Activities } from '../../core/contracts/activities.js';
import type { ExperimentConfig } from '../../core/contracts/experiment.js';
import { EXPERIMENT_STAGES, TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import type { experiment } from '../../workflows/experiment.js';
import { type FakeActivities, fakeActivities, METRICS, planOf } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { withWorkers, workflowBundle } from '../support/workflows.js';

let client: Client;
let started = 0;

before(async function () {
  this.timeout(60_000);
  client = await freshClient();
  await workflowBundle();
});

function start(config: RunConfig) {
  return client.workflow.start<typeof experiment>('experiment', {
    workflowId: workflowIdOfRun(config.name),
    taskQueue: TASK_QUEUES.main,
    args: [config],
  });
}

const configOf = (of: ExperimentConfig, change: Partial<RunConfig> = {}) =>
  runConfig({ name: `experiment-${++started}`, experiment: of, ...change });

/** Runs an experiment to its end over fake activities; returns its last record. */
async function finish(fake: FakeActivities, config: RunConfig): Promise<RunStatus> {
  await withWorkers(client, fake.activities, async () => {
    const handle = await start(config);
    await handle.result().catch((error: unknown) => expect(error).to.be.instanceOf(WorkflowFailedError));
  });
  return fake.recorded.at(-1)!;
}

const callsOf = <Name extends keyof Activities>({ calls }: FakeActivities, name: Name) =>
  calls.filter(({ activity }) => activity === name).map(({ input }) => input as Parameters<Activities[Name]>[0]);

const statesOf = ({ stages }: RunStatus) => Object.fromEntries(stages.map(({ stage, state }) => [stage, state]));

/** Four trials, of which a higher learning rate scores more in {@link scored}. */
const SEARCH = {
  options: { learningRate: [0.1, 0.2, 0.3, 0.4] },
  points: '0-3',
  metric: 'macroF1',
  inner: { protocol: 'random', folds: 2 },
  keep: 0.5,
} as const satisfies ExperimentConfig['search'];
const search = { ...SEARCH, options: { learningRate: [...SEARCH.options.learningRate] } };

/** A training whose score is its learning rate, which the keys hand on. */
const scored: Partial<Activities> = {
  trainModel: ({ training }) =>
    Promise.resolve({ key: `${training.learningRate}`, reused: false, backend: 'fused', note: '' }),
  evaluateModel: ({ model }) =>
    Promise.resolve({ key: `evaluation-${model}`, reused: false, metrics: { ...METRICS, macroF1: Number(model) } }),
};

const diverged = () =>
  ApplicationFailure.create({ type: 'BadConfig', nonRetryable: true, message: 'the loss is no longer finite' });

describe('an experiment', () => {
  it('fetches, plans and extracts once, and trains on every fold under every seed', async () => {
    const fake = fakeActivities();
    const status = await finish(fake, configOf({ folds: 3, seeds: 2 }));
    expect(callsOf(fake, 'fetchCorpus')).to.have.length(1);
    expect(callsOf(fake, 'planShards')).to.have.length(1);
    expect(callsOf(fake, 'extractShard')).to.have.length(4);
    const splits = callsOf(fake, 'splitUtterances').map(
      ({ split }) => `${split.seed} ${split.fold!.index}/${split.fold!.of}`,
    );
    expect(splits).to.have.members(['0 0/3', '0 1/3', '0 2/3', '1 0/3', '1 1/3', '1 2/3']);
    expect(callsOf(fake, 'trainModel').map(({ training, backend }) => [training.seed, backend])).to.have.deep.members([
      ...Array<unknown>(3).fill([0, 'fused']),
      ...Array<unknown>(3).fill([1, 'fused']),
    ]);
    expect(status.state).to.equal('completed');
    expect(status.experiment).to.include({ total: 6, done: 6, running: 0, failed: 0 });
    expect(status.metrics).to.deep.equal(METRICS);
    expect(status.stages.map(({ stage }) => stage)).to.deep.equal(
      EXPERIMENT_STAGES.filter((stage) => stage !== 'searchTrials'),
    );
  });

  it('names fold and seed of each training for the Temporal UI', async () => {
    const { activities } = fakeActivities();
    const config = configOf({ folds: 2, seeds: 2 });
    const summaries = await withWorkers(client, activities, async () => {
      const handle = await start(config);
      await handle.result();
      const { events = [] } = await handle.fetchHistory();
      return (events ?? [])
        .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'trainModel')
        .map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString());
    });
    expect(summaries).to.have.members([
      '"random fold 1/2, seed 0"',
      '"random fold 2/2, seed 0"',
      '"random fold 1/2, seed 1"',
      '"random fold 2/2, seed 1"',
    ]);
  });

  it('promotes nothing and leaves no model', async () => {
    const fake = fakeActivities();
    const status = await finish(fake, configOf({ folds: 2 }, { promote: 'always' }));
    expect(callsOf(fake, 'promoteModel')).to.be.empty;
    expect(status.stages.map(({ stage }) => stage)).not.to.include.members(['trainModel', 'promoteModel']);
  });

  it('extracts each feature set that a trial wants, and trains each trial on its own', async () => {
    const fake = fakeActivities({
      planShards: ({ featureSet }) => Promise.resolve(planOf(2, { key: `plan-${featureSet}` })),
    });
    const options = { features: ['librosa195', 'meyda'] };
    await finish(fake, configOf({ search: { ...search, options, points: '0-1', keep: 1 } }));
    expect(callsOf(fake, 'planShards').map(({ featureSet }) => featureSet)).to.deep.equal(['librosa195', 'meyda']);
    const plans = callsOf(fake, 'trainModel').map(({ plan }) => plan);
    expect(plans.filter((plan) => plan === 'plan-meyda')).to.have.length(2);
    expect(callsOf(fake, 'poolTrials')[0]!.plans).to.deep.equal({
      librosa195: { key: 'plan-librosa195', skipped: '' },
      meyda: { key: 'plan-meyda', skipped: '' },
    });
  });

  it('plans every altered copy that a trial wants once, and trains each trial on its own', async () => {
    const [noise, gain] = [{ kind: 'noise', amount: 20 } as const, { kind: 'gain', amount: 6 } as const];
    const fake = fakeActivities();
    const options = { augment: [null, [noise], [gain, noise]] };
    await finish(fake, configOf({ search: { ...search, options, points: '0-2', keep: 1 } }));
    expect(callsOf(fake, 'planShards').map(({ augment }) => augment)).to.deep.equal([[noise, gain]]);
    const trained = callsOf(fake, 'trainModel').map(({ training }) => JSON.stringify(training.augment ?? null));
    expect(new Set(trained)).to.deep.equal(new Set(options.augment.map((copies) => JSON.stringify(copies))));
  });

  it('goes on with what was best on inner folds, and stops the worse half after the first', async () => {
    const fake = fakeActivities(scored);
    const status = await finish(fake, configOf({ folds: 2, search }));
    const inner = callsOf(fake, 'splitUtterances').filter(({ split }) => split.inner !== undefined);
    expect(inner).to.have.length(2 * (4 + 2));
    expect(status.experiment).to.include({ total: 14, done: 14, failed: 0, chosen: 3 });
    const rates = callsOf(fake, 'trainModel').map(({ training }) => training.learningRate);
    expect(rates.filter((rate) => rate === 0.4)).to.have.length(2 * (2 + 1));
    expect(rates.filter((rate) => rate === 0.1)).to.have.length(2);
  });

  it('goes on without a trial whose loss is no longer finite', async () => {
    const fake = fakeActivities({
      ...scored,
      trainModel: (input) =>
        input.training.learningRate === 0.4 ? Promise.reject(diverged()) : scored.trainModel!(input),
    });
    const status = await finish(fake, configOf({ search }));
    expect(status.state).to.equal('completed');
    expect(status.experiment).to.include({ failed: 1, chosen: 2 });
  });

  it('fails when no trial can be trained at all', async () => {
    const status = await finish(fakeActivities({ trainModel: () => Promise.reject(diverged()) }), configOf({ search }));
    expect(status.state).to.equal('failed');
    expect(statesOf(status)).to.include({ searchTrials: 'failed', runTrials: 'waiting' });
  });

  it('fails with the first fold that does, and starts no other', async () => {
    const fake = fakeActivities({
      trainModel: () => Promise.reject(ApplicationFailure.nonRetryable('the class is missing', 'DataRefused')),
    });
    const status = await finish(fake, configOf({ folds: 60 }));
    expect(status.failure).to.include({ kind: 'DataRefused' });
    expect(callsOf(fake, 'trainModel').length).to.be.at.most(16);
    expect(callsOf(fake, 'poolTrials')).to.be.empty;
  });

  it('has a bounded number of trainings under way, tells how many, and ends when it is cancelled', async () => {
    const training = createGate();
    let running = 0;
    let most = 0;
    const fake = fakeActivities({
      trainModel: async () => {
        most = Math.max(most, ++running);
        if (running === 16) training.open();
        return Context.current().cancelled;
      },
    });
    const config = configOf({ folds: 40 });
    await withWorkers(client, fake.activities, async () => {
      const handle = await start(config);
      await training.opened;
      const { experiment: progress } = await handle.query<RunStatus>(STATUS_QUERY);
      expect(progress).to.include({ total: 40, done: 0, running: 16 });
      await handle.cancel();
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).to.equal('CANCELLED');
    });
    expect(most).to.equal(16);
    expect(fake.recorded.at(-1)!.state).to.equal('cancelled');
  });

  it('sends payloads of less than 10 KB, and some 20 events a training, however many there are', async function () {
    this.timeout(60_000);
    const config = configOf({ folds: 60 });
    await withWorkers(client, fakeActivities().activities, async () => {
      const handle = await start(config);
      await handle.result();
      const { events } = await handle.fetchHistory();
      const sizes = (events ?? []).map((event) => JSON.stringify(event).length);
      expect(Math.max(...sizes)).to.be.below(10_000);
      expect(sizes.length / 60).to.be.below(22);
    });
  });
});
