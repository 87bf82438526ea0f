import { ApplicationFailure, Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { expect } from 'chai';
import type { Activities } from '../../core/contracts/activities.js';
import { STAGES, VERSION } from '../../core/contracts/names.js';
import { extractionIdOf, STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { type FakeActivities, fakeActivities, METRICS, planOf } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers, workflowBundle } from '../support/workflows.js';

let client: Client;
let runs = 0;

before(async function () {
  this.timeout(60_000);
  client = await freshClient();
  await workflowBundle();
});

/** Runs a training to its end over fake activities. */
async function finish(fake: FakeActivities, config: Partial<RunConfig> = {}): Promise<RunStatus> {
  return withWorkers(client, fake.activities, async () => {
    const handle = await startTrainingRun(client, runConfig({ name: `run-${++runs}`, ...config }));
    return handle.result();
  });
}

/** Runs a training that fails, and returns the status it recorded last. */
async function fail(overrides: Partial<Activities>, config: Partial<RunConfig> = {}) {
  const fake = fakeActivities(overrides);
  const error: unknown = await finish(fake, config).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(WorkflowFailedError);
  return { ...fake, status: fake.recorded.at(-1)! };
}

function failure(type: string, nonRetryable: boolean) {
  const lines = { kind: type, what: 'it went wrong', subject: 'the subject', remedy: 'Mend it.' };
  return ApplicationFailure.create({ type, message: 'it went wrong', nonRetryable, details: [lines] });
}

/** An input with the stages that it tells the times of, and not the times. */
function withoutTimings(input: unknown): unknown {
  const { timings, ...rest } = input as { timings?: { stage: string }[] };
  return timings === undefined ? rest : { ...rest, timed: timings.map(({ stage }) => stage) };
}

const statesOf = ({ stages }: RunStatus) => Object.fromEntries(stages.map(({ stage, state }) => [stage, state]));

describe('a training run', () => {
  it('goes through its stages in order and hands each the keys of those before', async () => {
    const fake = fakeActivities();
    const config = runConfig({ name: 'story' });
    await finish(fake, config);
    const calls = fake.calls
      .filter(({ activity }) => !['recordRun', 'extractShard'].includes(activity))
      .map(({ activity, input }) => ({ activity, input: withoutTimings(input) }));
    expect(calls).to.deep.equal([
      { activity: 'fetchCorpus', input: { data: config.data, store: config.store } },
      { activity: 'planShards', input: { catalogue: 'catalogue-key', featureSet: 'librosa195' } },
      {
        activity: 'splitUtterances',
        input: { catalogue: 'catalogue-key', plan: 'plan-key', split: config.split, skipped: '' },
      },
      {
        activity: 'trainModel',
        input: { plan: 'plan-key', split: 'split-key', training: config.training, backend: 'auto' },
      },
      { activity: 'evaluateModel', input: { plan: 'plan-key', split: 'split-key', model: 'model-key' } },
      {
        activity: 'writeReport',
        input: {
          config,
          catalogue: 'catalogue-key',
          plan: 'plan-key',
          split: 'split-key',
          model: 'model-key',
          evaluation: 'evaluation-key',
          skipped: '',
          timed: ['fetchCorpus', 'planShards', 'extractFeatures', 'splitUtterances', 'trainModel', 'evaluateModel'],
        },
      },
      {
        activity: 'promoteModel',
        input: { run: 'story', policy: 'better', model: 'model-key', split: 'split-key', plan: 'plan-key' },
      },
    ]);
    const order = fake.calls.map(({ activity }) => activity);
    expect(order.indexOf('planShards')).to.be.lessThan(order.indexOf('extractShard'));
    expect(order.lastIndexOf('extractShard')).to.be.lessThan(order.indexOf('splitUtterances'));
  });

  it('records itself when it starts and when it is over', async () => {
    const fake = fakeActivities();
    const result = await finish(fake);
    expect(fake.calls[0]!.activity).to.equal('recordRun');
    expect(fake.recorded.map(({ state }) => state)).to.deep.equal(['running', 'completed']);
    expect(fake.recorded[0]!.stages.map(({ stage, state }) => ({ stage, state }))).to.deep.equal(
      STAGES.filter((stage) => stage !== 'checkData').map((stage) => ({ stage, state: 'waiting' })),
    );
    expect(fake.recorded[1]).to.deep.equal(result);
    expect(result).to.deep.include({ version: VERSION, metrics: METRICS });
    expect(Date.parse(result.finishedAt!)).to.be.at.least(Date.parse(result.startedAt));
    expect(result.shards).to.deep.equal({ total: 4, reused: 0, done: 4, failed: 0, files: 256, filesDone: 256 });
    expect(result.stages.map(({ key }) => key)).to.deep.equal([
      'catalogue-key',
      'plan-key',
      undefined,
      'split-key',
      'model-key',
      'evaluation-key',
      'report-key',
      undefined,
    ]);
  });

  it('needs no extraction when every shard stands', async () => {
    const standing = planOf(4, { pending: '', shardsPending: 0, filesPending: 0, reused: true });
    const fake = fakeActivities({ planShards: () => Promise.resolve(standing) });
    const result = await finish(fake);
    expect(fake.calls.some(({ activity }) => activity === 'extractShard')).to.equal(false);
    expect(statesOf(result)).to.include({ planShards: 'reused', extractFeatures: 'reused', trainModel: 'done' });
    expect(result.shards).to.deep.equal({ total: 4, reused: 4, done: 0, failed: 0, files: 256, filesDone: 256 });
  });

  it('extracts what is missing alone', async () => {
    const plan = planOf(4, { pending: '1,3', shardsPending: 2, filesPending: 128 });
    const fake = fakeActivities({ planShards: () => Promise.resolve(plan) });
    const result = await finish(fake);
    const shards = fake.calls.filter(({ activity }) => activity === 'extractShard').map(({ input }) => input);
    expect(shards).to.have.deep.members([
      { plan: 'plan-key', shard: 1 },
      { plan: 'plan-key', shard: 3 },
    ]);
    expect(result.shards).to.deep.equal({ total: 4, reused: 2, done: 2, failed: 0, files: 256, filesDone: 256 });
  });

  it('answers where it stands while it goes on', async () => {
    const training = createGate();
    const looked = createGate();
    const fake = fakeActivities({
      trainModel: async () => {
        training.open();
        await looked.opened;
        return { key: 'model-key', reused: false, backend: 'fused', note: '' };
      },
    });
    await withWorkers(client, fake.activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'asked' }));
      await training.opened;
      const status = await handle.query<RunStatus>(STATUS_QUERY);
      looked.open();
      await handle.result();
      expect(statesOf(status)).to.deep.equal({
        fetchCorpus: 'done',
        planShards: 'done',
        extractFeatures: 'done',
        splitUtterances: 'done',
        trainModel: 'running',
        evaluateModel: 'waiting',
        writeReport: 'waiting',
        promoteModel: 'waiting',
      });
      expect(status).to.deep.include({ state: 'running', name: 'asked', workflowId: 'ser-run-asked' });
      expect(status.catalogue).to.deep.equal({ files: 256, usable: 250, rejected: 6, hours: 0.25 });
      expect(status.rejects).to.deep.equal([{ path: 'silent.wav', reason: 'is silent from beginning to end' }]);
    });
  });

  it('fails in three lines when an activity does, and leaves what follows waiting', async () => {
    const { status } = await fail({ splitUtterances: () => Promise.reject(failure('DataRefused', true)) });
    expect(status.state).to.equal('failed');
    expect(status.failure).to.deep.equal({
      kind: 'DataRefused',
      what: 'it went wrong',
      subject: 'the subject',
      remedy: 'Mend it.',
    });
    expect(statesOf(status)).to.include({ extractFeatures: 'done', splitUtterances: 'failed', trainModel: 'waiting' });
  });

  for (const kind of ['BadInput', 'BadConfig', 'Incompatible', 'DataRefused']) {
    it(`does not try ${kind} again`, async () => {
      // Not marked by the activity: the retry policy knows the kinds too.
      const { calls } = await fail({ fetchCorpus: () => Promise.reject(failure(kind, false)) });
      expect(calls.filter(({ activity }) => activity === 'fetchCorpus')).to.have.length(1);
    });
  }

  it('tries again when the store is away', async () => {
    let attempts = 0;
    const fake = fakeActivities({
      splitUtterances: () =>
        ++attempts < 2
          ? Promise.reject(failure('StoreUnavailable', false))
          : Promise.resolve({ key: 'split-key', reused: false, note: '' }),
    });
    expect((await finish(fake)).state).to.equal('completed');
    expect(attempts).to.equal(2);
  });

  it('is recorded as cancelled, and leaves no child running', async () => {
    const extracting = createGate();
    const fake = fakeActivities({
      extractShard: async () => {
        extracting.open();
        return Context.current().cancelled;
      },
    });
    await withWorkers(client, fake.activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'unwanted' }));
      await extracting.opened;
      await handle.cancel();
      const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(WorkflowFailedError);
      const child = client.workflow.getHandle(extractionIdOf('ser-run-unwanted'));
      expect((await handle.describe()).status.name).to.equal('CANCELLED');
      expect((await child.describe()).status.name).to.equal('CANCELLED');
    });
    const status = fake.recorded.at(-1)!;
    expect(status.state).to.equal('cancelled');
    expect(status.failure).to.equal(undefined);
    expect(statesOf(status)).to.include({ planShards: 'done', extractFeatures: 'cancelled', trainModel: 'waiting' });
  });

  it('is recorded as cancelled even when that was asked before its first stage', async () => {
    const recording = createGate();
    const recorded: RunStatus[] = [];
    const { activities } = fakeActivities({
      recordRun: async ({ status }) => {
        recorded.push(status);
        if (recorded.length > 1) return;
        recording.open();
        await Context.current().cancelled;
      },
    });
    await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'regretted' }));
      await recording.opened;
      await handle.cancel();
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).to.equal('CANCELLED');
    });
    expect(recorded.map(({ state }) => state)).to.deep.equal(['running', 'cancelled']);
    expect(statesOf(recorded[1]!)).to.include({ fetchCorpus: 'waiting' });
  });
});
