import { ApplicationFailure } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { expect } from 'chai';
import { join } from 'node:path';
import { withFailures } from '../../activities/failures.js';
import { forgetRuns } from '../../activities/forgetRuns.js';
import { jsonBytes } from '../../activities/objects/stageOutput.js';
import { recordedRuns } from '../../client/runRecords.js';
import type { Activities } from '../../core/contracts/activities.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import type { FailureEvent, LastRetraining, RetrainConfig, RetrainOutcome } from '../../core/contracts/retraining.js';
import type { RunState } from '../../core/contracts/runs.js';
import { openStore } from '../../core/store/open.js';
import type { retrain } from '../../workflows/retrain.js';
import { type FakeActivities, fakeActivities } from '../support/fakeActivities.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { withWorkers, workflowBundle } from '../support/workflows.js';

let client: Client;
let schedules = 0;

before(async function () {
  this.timeout(60_000);
  client = await freshClient();
  await workflowBundle();
});

/** A schedule's retraining over fake activities that remember the last success as the store would. */
function schedule(overrides: Partial<Activities> = {}, change: Partial<RetrainConfig> = {}) {
  const name = `schedule-${++schedules}`;
  const config: RetrainConfig = { schedule: name, run: runConfig(), maxDrift: 0.2, ...change };
  let last: LastRetraining | null = null;
  const fake = fakeActivities({
    lastRetraining: () => Promise.resolve(last),
    recordRetraining: (input) => Promise.resolve(void (last = input.last)),
    ...overrides,
  });
  let firings = 0;
  const fire = (): Promise<RetrainOutcome> =>
    client.workflow.execute<typeof retrain>('retrain', {
      workflowId: `${name}-${++firings}`,
      taskQueue: TASK_QUEUES.main,
      args: [config],
    });
  return { fake, config, fire };
}

const namesOf = ({ calls }: FakeActivities) => calls.map(({ activity }) => activity);

describe('retraining', () => {
  it('trains at first, without anything to hold the data against', async () => {
    const { fake, config, fire } = schedule();
    const outcome = await withWorkers(client, fake.activities, fire);
    expect(outcome.outcome).to.equal('trained');
    expect(outcome.run).to.match(new RegExp(`^${config.schedule}-\\d{8}-\\d{6}$`));
    expect(outcome.promotion).to.include({ promoted: true });
    expect(namesOf(fake)).not.to.include('checkData');
    expect(fake.recorded.at(-1)).to.include({ name: outcome.run, state: 'completed' });
  });

  it('looks at the sources once, and ends there when they hold what it was trained on', async () => {
    const { fake, fire } = schedule();
    await withWorkers(client, fake.activities, async () => {
      const first = await fire();
      const before = fake.calls.length;
      const second = await fire();
      expect(second).to.deep.include({ outcome: 'unchanged', run: first.run });
      expect(second.note).to.contain('unchanged: the 250 recordings');
      expect(namesOf(fake).slice(before)).to.deep.equal(['lastRetraining', 'fetchCorpus']);
    });
    expect(namesOf(fake).filter((name) => name === 'fetchCorpus')).to.have.length(2);
  });

  it('holds changed data against those of the last success, before it trains', async () => {
    let catalogue = 'first';
    const counts = { files: 256, usable: 250, rejected: 0, hours: 0.2 };
    const { fake, fire } = schedule({
      fetchCorpus: () => Promise.resolve({ key: catalogue, reused: false, counts, rejects: [] }),
    });
    await withWorkers(client, fake.activities, async () => {
      await fire();
      catalogue = 'second';
      const before = fake.calls.length;
      await fire();
      const calls = fake.calls.slice(before);
      expect(calls.find(({ activity }) => activity === 'checkData')?.input).to.deep.equal({
        ...{ catalogue: 'second', plan: 'plan-key', skipped: '' },
        baseline: { catalogue: 'first', plan: 'plan-key', maxDrift: 0.2 },
      });
      const order = calls.map(({ activity }) => activity);
      expect(order.lastIndexOf('extractShard')).to.be.lessThan(order.indexOf('checkData'));
      expect(order.indexOf('checkData')).to.be.lessThan(order.indexOf('splitUtterances'));
    });
  });

  it('trains on the same data when another training is asked for', async () => {
    const { fake, config, fire } = schedule();
    await withWorkers(client, fake.activities, async () => {
      await fire();
      config.run = { ...config.run, training: { ...config.run.training, epochs: 3 } };
      expect((await fire()).outcome).to.equal('trained');
    });
  });

  it('has older runs forgotten at its end, also when nothing has changed', async () => {
    const { fake, config, fire } = schedule({ forgetRuns: () => Promise.resolve(['an-older-run']) }, { keep: 3 });
    await withWorkers(client, fake.activities, async () => {
      expect((await fire()).note).to.match(/^trained .*; forgot an-older-run$/);
      expect((await fire()).note).to.match(/^unchanged: .*; forgot an-older-run$/);
    });
    const asked = fake.calls.filter(({ activity }) => activity === 'forgetRuns').map(({ input }) => input);
    const input = { schedule: config.schedule, keep: 3 };
    expect(asked).to.deep.equal([input, input]);
    expect(namesOf(fake).indexOf('recordRetraining')).to.be.lessThan(namesOf(fake).indexOf('forgetRuns'));
  });

  it('asks its server which runs go on, and forgets those that were lost with an earlier one', async () => {
    const store = await openStore({ url: join(scratchFolder(), 'store') });
    const { fake, config, fire } = schedule({ forgetRuns: withFailures(forgetRuns({ store })) }, { keep: 1 });
    const record = async (day: number, state: RunState) => {
      const name = `${config.schedule}-2026030${day}-020000`;
      await store.put(`runs/${name}.json`, jsonBytes({ name, state, workflowId: workflowIdOfRun(name) }));
      return name;
    };
    const lost = await record(1, 'running');
    const open = await record(2, 'running');
    const completed = await record(3, 'completed');
    const goesOn = await client.workflow.start('trainingRun', {
      ...{ workflowId: workflowIdOfRun(open), taskQueue: 'nobody-polls', args: [config.run] },
    });
    const { note } = await withWorkers(client, fake.activities, fire);
    await goesOn.terminate();
    expect(note).to.match(new RegExp(`; forgot ${lost}$`));
    expect((await recordedRuns(store)).map(({ name }) => name)).to.have.members([open, completed]);
  });

  it('forgets nothing when every run is kept', async () => {
    const { fake, fire } = schedule();
    await withWorkers(client, fake.activities, fire);
    expect(namesOf(fake)).not.to.include('forgetRuns');
  });

  it('has trained even if older runs could not be forgotten, and says so', async () => {
    const refusal = ApplicationFailure.nonRetryable('the store is read-only', 'StoreUnavailable');
    const { fake, fire } = schedule({ forgetRuns: () => Promise.reject(refusal) }, { keep: 3 });
    const outcome = await withWorkers(client, fake.activities, fire);
    expect(outcome.outcome).to.equal('trained');
    expect(outcome.note).to.match(/; older runs stay for now: the store is read-only$/);
  });

  it('fails, tells the webhook why and remembers nothing when the data are refused', async () => {
    const lines = { kind: 'DataRefused', what: 'classes have vanished: calm', subject: 'data check', remedy: 'See.' };
    const told: { url: string; event: FailureEvent }[] = [];
    const { fake, config, fire } = schedule(
      {
        fetchCorpus: () =>
          Promise.reject(
            ApplicationFailure.create({
              type: 'DataRefused',
              message: lines.what,
              nonRetryable: true,
              details: [lines],
            }),
          ),
        notifyFailure: (input) => Promise.resolve(void told.push(input)),
      },
      { onFailure: 'http://127.0.0.1:9/hook' },
    );
    const error: unknown = await withWorkers(client, fake.activities, fire).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause?.message).to.equal(lines.what);
    expect(told).to.have.length(1);
    expect(told[0]!.url).to.equal('http://127.0.0.1:9/hook');
    expect(told[0]!.event).to.deep.include({ schedule: config.schedule, failure: lines });
    expect(told[0]!.event.id).to.match(/^[0-9a-f-]{36}$/);
    expect(namesOf(fake)).not.to.include('recordRetraining');
  });
});
