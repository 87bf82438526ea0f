import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { ApplicationFailure } from '@temporalio/activity';
import { currentBuild, currentBuildOnceKnown, deploymentOptions, makeCurrent } from '../../worker/deployment.js';
import { type FakeActivities, fakeActivities } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers } from '../support/workflows.js';

const patiently = { onWaiting: () => undefined, signal: new AbortController().signal };

describe('builds of the worker', () => {
  let client: Client;
  const link = () => ({ service: client.workflowService, namespace: client.options.namespace });
  const withBuild = <T>(build: string, { activities }: FakeActivities, work: () => Promise<T>) =>
    withWorkers(client, activities, work, { workerDeploymentOptions: deploymentOptions(build) });
  const shardsOf = ({ calls }: FakeActivities) => calls.filter(({ activity }) => activity === 'extractShard').length;

  beforeEach(async () => {
    client = await freshClient();
  });

  it('hand a run on: begun under one, it goes on under the next after the first has stopped', async function () {
    this.timeout(60_000);
    const stuck = createGate();
    const first = fakeActivities({
      extractShard({ shard }) {
        if (shard < 2) return Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 });
        stuck.open();
        return Promise.reject(ApplicationFailure.retryable('this build fails here'));
      },
    });
    const second = fakeActivities();
    const run = await withBuild('first', first, async () => {
      await makeCurrent(link(), 'first', patiently);
      const started = await startTrainingRun(client, runConfig({ name: 'handed-on', shardsInFlight: 1 }));
      await stuck.opened;
      return started;
    });
    const status = await withBuild('second', second, async () => {
      await makeCurrent(link(), 'second', patiently);
      return run.result();
    });
    expect(status.state).to.equal('completed');
    expect(shardsOf(second)).to.equal(2);
    expect(second.calls.map(({ activity }) => activity)).not.to.include('fetchCorpus');
    const { raw } = await run.describe();
    expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId).to.equal('second');
  });

  it('get no work while another one is current', async function () {
    this.timeout(60_000);
    const [old, fresh] = [fakeActivities(), fakeActivities()];
    await withBuild('old', old, async () => {
      await makeCurrent(link(), 'old', patiently);
      await withBuild('fresh', fresh, async () => {
        expect(await currentBuild(link())).to.equal('old');
        await (await startTrainingRun(client, runConfig({ name: 'kept' }))).result();
      });
    });
    expect(shardsOf(old)).to.equal(4);
    expect(fresh.calls).to.deep.equal([]);
  });

  it('do not become current before somebody polls them', async () => {
    const trying = new AbortController();
    const tried = makeCurrent(link(), 'nobody', { ...patiently, signal: trying.signal });
    setImmediate(() => trying.abort());
    expect(await tried).to.equal(false);
    expect(await currentBuild(link())).to.equal(undefined);
  });

  it('ask again which is current while the server is too busy to tell', async () => {
    const answers = [8, 8, 14].map((code) => Object.assign(new Error('too many requests'), { code }));
    const service = {
      describeWorkerDeployment: () =>
        answers.length > 0
          ? Promise.reject(answers.shift()!)
          : Promise.resolve({
              workerDeploymentInfo: { routingConfig: { currentDeploymentVersion: { buildId: 'old' } } },
            }),
    };
    const busy = { service: service as unknown as Client['workflowService'], namespace: 'busy' };
    const reasons: string[] = [];
    const onWaiting = (reason: string) => void reasons.push(reason);
    expect(await currentBuildOnceKnown(busy, { ...patiently, onWaiting })).to.equal('old');
    expect(reasons).to.deep.equal(['too many requests']);
  });

  it('do not ask again what they may not know', async () => {
    const refusal = Object.assign(new Error('not allowed'), { code: 7 });
    const service = { describeWorkerDeployment: () => Promise.reject(refusal) };
    const closed = { service: service as unknown as Client['workflowService'], namespace: 'closed' };
    const asked = await currentBuildOnceKnown(closed, patiently).catch((error: unknown) => error);
    expect(asked).to.equal(refusal);
  });
});
