import { expect } from 'chai';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { storePlan } from '../../bench/shared/storePlan.js';
import { storeOfficialCorpus } from '../../bench/shared/officialCorpus.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { extractionIdOf, PROGRESS_QUERY, type ExtractionProgress } from '../../core/contracts/queries.js';
import type { extractFeatures } from '../../workflows/extractFeatures.js';
import type { trainingRun } from '../../workflows/trainingRun.js';
import { atEnd } from '../support/atEnd.js';
import { type RunningCommand, startSer } from '../support/command.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient, testServer } from '../support/server.js';
import { completedActivities } from './histories.js';
import { writeSmallCorpus } from './smallCorpus.js';

/** Some 120 shards: enough for workers to come and go in their midst, however quick the machine is. */
const FILES = 7500;

describe('several worker processes', function () {
  this.timeout(180_000);
  let folder: string;
  let store: string;
  let plan: Awaited<ReturnType<typeof storePlan>>;
  let client: Client;
  const workers = new Set<RunningCommand>();

  before(async () => {
    folder = scratchFolder();
    store = join(folder, 'store');
    plan = await storePlan(store, await storeOfficialCorpus(store, FILES));
  });
  beforeEach(async () => {
    client = await freshClient();
  });
  afterEach(() => Promise.all([...workers].map((worker) => end(worker, 'SIGTERM'))));
  atEnd(() => [...workers].forEach(({ child }) => child.kill('SIGKILL')));

  /** Starts one and waits until it polls. */
  async function startWorker(...flags: string[]): Promise<RunningCommand> {
    const environment = {
      TEMPORAL_ADDRESS: testServer().address,
      TEMPORAL_NAMESPACE: client.options.namespace,
    };
    const worker = startSer(['worker', '--store', store, '--threads', '1', ...flags], { folder, environment });
    workers.add(worker);
    await worker.says('polling');
    return worker;
  }

  async function end(worker: RunningCommand, signal: NodeJS.Signals): Promise<void> {
    workers.delete(worker);
    const { child } = worker;
    const gone = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await gone;
  }

  const pidOf = (identity: string) => Number(identity.split(':').at(-1));

  it('share the shards of a run, while others come and go', async () => {
    const [first, second] = await Promise.all([startWorker(), startWorker()]);
    const handle = await client.workflow.start<typeof extractFeatures>('extractFeatures', {
      workflowId: 'shared',
      taskQueue: TASK_QUEUES.main,
      args: [{ plan: plan.key, pending: `0-${plan.plan.shards.length - 1}`, inFlight: 12 }],
    });
    const extracted = async (shards: number) => {
      while ((await handle.query<ExtractionProgress>(PROGRESS_QUERY)).done < shards) await sleep(50);
    };
    await extracted(6);
    const [third, fourth] = await Promise.all([startWorker(), startWorker()]);
    await extracted(plan.plan.shards.length / 2);
    await Promise.all([end(first, 'SIGKILL'), end(second, 'SIGTERM')]);
    const { progress } = await handle.result();

    const done = await completedActivities(client, 'shared');
    const shares = [first, second, third, fourth].map(
      ({ child }) => done.filter(({ worker }) => pidOf(worker) === child.pid).length,
    );
    console.log(
      `    ${done.length} shards: ${shares.join(', ')} by worker; the first was killed, the second told to end`,
    );
    expect(progress).to.include({ done: plan.plan.shards.length, failed: 0 });
    expect(done).to.have.length(plan.plan.shards.length);
    expect(Math.min(...shares)).to.be.at.least(2);
    expect(shares.reduce((sum, share) => sum + share, 0)).to.equal(done.length);
  });

  it('serve a queue each: a run goes through, and each does its own alone', async () => {
    await writeSmallCorpus(join(folder, 'data'), 6);
    const byQueue = new Map<string, number | undefined>();
    for (const queue of Object.values(TASK_QUEUES)) {
      byQueue.set(queue, (await startWorker('--queues', queue)).child.pid);
    }
    const config = runConfig({
      name: 'apart',
      store: `file:${store}`,
      data: { sources: [join(folder, 'data')], maxRejected: 0 },
    });
    config.training.epochs = 2;
    const runId = workflowIdOfRun('apart');
    const status = await client.workflow.execute<typeof trainingRun>('trainingRun', {
      workflowId: runId,
      taskQueue: TASK_QUEUES.main,
      args: [config],
    });
    expect(status.state).to.equal('completed');

    const done = [
      ...(await completedActivities(client, runId)),
      ...(await completedActivities(client, extractionIdOf(runId))),
    ];
    expect(new Set(done.map(({ taskQueue }) => taskQueue))).to.deep.equal(new Set(byQueue.keys()));
    for (const { activity, taskQueue, worker } of done) {
      expect(pidOf(worker), activity).to.equal(byQueue.get(taskQueue));
    }
  });
});
