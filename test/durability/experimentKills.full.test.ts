import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { openStore } from '../../core/store/open.js';
import { runConfig } from '../support/runConfig.js';
import { contentsOf, keysUnder } from './contents.js';
import { type Installation, startInstallation } from './installation.js';

const WORKERS = 2;

describe('an experiment whose workers are killed', function () {
  this.timeout(600_000);
  let installation: Installation;
  before(async () => (installation = await startInstallation()));
  after(async () => installation?.stop());

  it('ends with the same bytes as an undisturbed one', async () => {
    const expected = await contentsOf((await finish('undisturbed', [])).store);
    expect(Object.keys(expected).filter((key) => key.startsWith('experiments/'))).to.have.length.above(1);
    const { store, status, strikes } = await finish('disturbed', [1, 3]);
    expect(strikes).to.equal(2);
    expect(status).to.deep.include({ state: 'completed' });
    expect(status.experiment).to.include({ total: 6, done: 6, failed: 0 });
    expect(await contentsOf(store)).to.deep.equal(expected);
    expect(await keysUnder(store, 'checkpoints/')).to.deep.equal([]);
  });

  /** @param strikeAt all workers are killed when so many trainings are done */
  async function finish(name: string, strikeAt: number[]) {
    const { client } = installation;
    const store = await openStore(installation.store(name));
    await installation.serve(name, WORKERS);
    const base = runConfig({ name, store: store.url, data: { sources: ['demo'], maxRejected: 0 }, promote: 'never' });
    const config = { ...base, training: { ...base.training, epochs: 10 }, experiment: { folds: 3, seeds: 2 } };
    const workflowId = workflowIdOfRun(name);
    const handle = await client.workflow.start('experiment', {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [config],
    });
    let strikes = 0;
    for (const done of strikeAt) {
      await untilDone(() => handle.query<RunStatus>(STATUS_QUERY), done);
      for (let worker = 0; worker < WORKERS; worker++) installation.killWorker(worker);
      strikes += 1;
      console.log(`    all workers killed after ${done} trainings`);
    }
    return { store, strikes, status: (await handle.result()) as RunStatus };
  }
});

/** Waits until so many trainings are done; workers that were killed do not answer for a moment. */
async function untilDone(ask: () => Promise<RunStatus>, count: number): Promise<void> {
  for (;;) {
    const status = await ask().catch(() => undefined);
    if ((status?.experiment?.done ?? 0) >= count) return;
    await sleep(50);
  }
}
