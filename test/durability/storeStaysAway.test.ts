import { join } from 'node:path';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { refuseForUnknownRuns } from '../../client/commands/gc.js';
import { exitCodeOf } from '../../client/exitCodes.js';
import { runLines } from '../../client/runLines.js';
import { listRuns } from '../../client/runRecords.js';
import { viewRun } from '../../client/runStatus.js';
import { watchRun } from '../../client/watchRun.js';
import { recordRun } from '../../activities/recordRun.js';
import type { Dependencies } from '../../activities/dependencies.js';
import type { Activities } from '../../core/contracts/activities.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { RESUME_SIGNAL } from '../../core/contracts/queries.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { failureOf } from '../support/failureOf.js';
import { fakeActivities } from '../support/fakeActivities.js';
import { fakeTerminal } from '../support/fakeTerminal.js';
import { scratchFolder } from '../support/folders.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers, workflowBundle } from '../support/workflows.js';

/** What an activity fails with after its last attempt; not to be retried, so that no test waits for that one. */
const away = (subject: string) =>
  ApplicationFailure.create({
    type: 'StoreUnavailable',
    nonRetryable: true,
    details: [{ kind: 'StoreUnavailable', what: 'does not answer', subject, remedy: 'Start it.' }],
  });

describe('a store that stays away until a run gives up', function () {
  this.timeout(60_000);
  let client: Client;
  let store: ObjectStore;

  before(async () => {
    client = await freshClient();
    store = await openStore({ url: join(scratchFolder(), 'store') });
    await workflowBundle();
  });

  /** The store is there when the run begins, and gone when its recordings are to be fetched. */
  function storeThatGoes(): Activities {
    const record = recordRun({ store } as Dependencies);
    let gone = false;
    return fakeActivities({
      recordRun: (input) => (gone ? Promise.reject(away('runs/outage.json')) : record(input)),
      fetchCorpus: () => {
        gone = true;
        return Promise.reject(away('audio/'));
      },
    }).activities;
  }

  it('ends it with what happened first and with what to type, by exit code 3, and status says so too', async () => {
    const config = runConfig({ name: 'outage', store: store.url });
    const never = new AbortController().signal;
    const failure = await withWorkers(client, storeThatGoes(), async () => {
      const { firstExecutionRunId } = await startTrainingRun(client, config);
      return failureOf(() => watchRun(client, store, 'outage', firstExecutionRunId, fakeTerminal(), never));
    });
    expect(failure).to.include({ kind: 'StoreUnavailable', what: 'does not answer', subject: 'audio/' });
    expect(failure.remedy).to.equal('Start it. Then go on with what is finished by: ./ser resume outage');
    expect(exitCodeOf(failure)).to.equal(3);

    const view = await viewRun(client, store, 'outage');
    expect(view!.status).to.include({ state: 'failed', workflowId: workflowIdOfRun('outage') });
    expect(runLines(view!, fakeTerminal()).slice(-3)).to.deep.equal([
      '  failed: does not answer',
      '      in: audio/',
      '      do: Start it. ./ser resume outage goes on with what is finished.',
    ]);
  });

  it('does not end a run that waits, though that cannot be recorded', async () => {
    const record = recordRun({ store } as Dependencies);
    let gone = false;
    let attempts = 0;
    const refused = createGate();
    const { activities } = fakeActivities({
      recordRun: (input) => {
        if (!gone) return record(input);
        refused.open();
        return Promise.reject(away('runs/waiting.json'));
      },
      extractShard: ({ shard }) => {
        if (shard === 1 && ++attempts === 1) {
          gone = true;
          return Promise.reject(away('features/'));
        }
        return Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 });
      },
    });
    const config = runConfig({ name: 'waiting', store: store.url, onFailedShards: 'wait' });
    const status = await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, config);
      const never = new AbortController().signal;
      const seen = await watchRun(client, store, 'waiting', handle.firstExecutionRunId, fakeTerminal(), never);
      expect(seen).to.include({ state: 'awaiting-resume' });
      await refused.opened;
      gone = false;
      await handle.signal(RESUME_SIGNAL, { skipFailed: false });
      return handle.result();
    });
    expect(status).to.include({ state: 'completed' });
  });

  it('has a run that was cancelled meanwhile told as cancelled, alone and in a list', async () => {
    const record = recordRun({ store } as Dependencies);
    const fetching = createGate();
    let gone = false;
    const { activities } = fakeActivities({
      recordRun: (input) => (gone ? Promise.reject(away('runs/left.json')) : record(input)),
      fetchCorpus: async () => {
        fetching.open();
        Context.current().heartbeat();
        return Context.current().cancelled;
      },
    });
    await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'left', store: store.url }));
      await fetching.opened;
      gone = true;
      await handle.cancel();
      await handle.result().catch(() => undefined);
    });
    const { status } = (await viewRun(client, store, 'left'))!;
    expect(status).to.include({ state: 'cancelled' }).and.not.to.have.property('failure');
    expect(Date.parse(status.finishedAt!)).to.be.at.least(Date.parse(status.startedAt));
    const states = (await listRuns(store, client)).map(({ name, state }) => [name, state]);
    expect(states).to.deep.include.members([
      ['left', 'cancelled'],
      ['outage', 'failed'],
    ]);
    await refuseForUnknownRuns(store, client);
  });

  it('says of a run that a server does not know just that, and gc removes nothing then', async () => {
    const elsewhere = await freshClient();
    const view = (await viewRun(elsewhere, store, 'outage'))!;
    expect(view.status).to.include({ state: 'unknown' }).and.not.to.have.property('failure');
    const said = runLines(view, fakeTerminal()).join('\n');
    expect(said).to.contain('recorded as running; this server does not know it').and.contain('./ser resume outage');
    expect((await listRuns(store, elsewhere)).find(({ name }) => name === 'outage')!.state).to.equal('unknown');
    const refusal = await failureOf(() => refuseForUnknownRuns(store, elsewhere));
    expect(refusal).to.include({ kind: 'BadConfig' });
    expect(refusal.subject).to.contain('outage');
  });
});
