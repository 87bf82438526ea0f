import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { progressOf } from '../../client/runLines.js';
import { viewOpenRun } from '../../client/runStatus.js';
import type { Activities } from '../../core/contracts/activities.js';
import { RESUME_SIGNAL, STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { fakeActivities, planOf } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers, workflowBundle } from '../support/workflows.js';

describe('the view of a run that extracts features', function () {
  this.timeout(60_000);
  let client: Client;

  before(async () => {
    client = await freshClient();
    await workflowBundle();
  });

  const extracted = (shard: number) => ({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 });
  /** Of ten shards six stand in the store. */
  const planShards: Activities['planShards'] = () =>
    Promise.resolve(planOf(10, { pending: '6-9', shardsPending: 4, filesPending: 256 }));

  it('gives rate and time left by the shards that it computed', async () => {
    const [last, looked] = [createGate(), createGate()];
    const { activities } = fakeActivities({
      planShards,
      extractShard: async ({ shard }) => {
        if (shard === 9) {
          last.open();
          await looked.opened;
        }
        return extracted(shard);
      },
    });
    const view = await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'measured', shardsInFlight: 1 }));
      await last.opened;
      const seen = await viewOpenRun(client, 'measured');
      looked.open();
      await handle.result();
      return seen!;
    });
    expect(view.status.shards).to.deep.include({ reused: 6, done: 3, filesDone: 576 });
    const { perSecond, secondsLeft } = view.extracting!;
    expect(perSecond * secondsLeft).to.be.closeTo(64, 1e-6);
    expect(progressOf(view)!.text).to.match(/^576\/640 files, 9\/10 shards, [\d.]+ files\/s, [\d.]+ s left$/);
  });

  it('counts on where it was when failed shards are tried again, and measures anew', async () => {
    const [again, looked] = [createGate(), createGate()];
    let attempts = 0;
    const { activities } = fakeActivities({
      planShards,
      extractShard: async ({ shard }) => {
        if (shard !== 8) return extracted(shard);
        if (++attempts === 1) throw ApplicationFailure.nonRetryable('is altered', 'BadInput');
        again.open();
        await looked.opened;
        return extracted(shard);
      },
    });
    const view = await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'again', onFailedShards: 'wait' }));
      while ((await handle.query<RunStatus>(STATUS_QUERY)).state !== 'awaiting-resume');
      await handle.signal(RESUME_SIGNAL, { skipFailed: false });
      await again.opened;
      const seen = await viewOpenRun(client, 'again');
      looked.open();
      await handle.result();
      return seen!;
    });
    expect(view.status.shards).to.deep.include({ reused: 6, done: 3, failed: 0, filesDone: 576 });
    expect(view.extracting).to.equal(undefined);
    expect(progressOf(view)!.text).to.equal('576/640 files, 9/10 shards');
  });
});
