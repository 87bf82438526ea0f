import { join } from 'node:path';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { openBatches } from '../../client/batches.js';
import { cancel } from '../../client/commands/cancel.js';
import { resume } from '../../client/commands/resume.js';
import { show } from '../../client/commands/runs.js';
import { status } from '../../client/commands/status.js';
import type { CommandContext } from '../../client/context.js';
import type { Activities } from '../../core/contracts/activities.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import type { BatchConfig } from '../../core/contracts/predictions.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import type { predictBatch } from '../../workflows/predictBatch.js';
import { failureOf } from '../support/failureOf.js';
import { fakeActivities } from '../support/fakeActivities.js';
import { fakeTerminal } from '../support/fakeTerminal.js';
import { scratchHome } from '../support/folders.js';
import { createGate } from '../support/gate.js';
import { freshClient, testServer } from '../support/server.js';
import { withWorkers, workflowBundle } from '../support/workflows.js';

const BATCH = 'ser-predict-0123456789abcdef-fedcba9876543210';

describe('a batch of predictions', function () {
  this.timeout(60_000);
  let client: Client;
  let store: ObjectStore;
  let elsewhere: ObjectStore;
  let context: CommandContext;
  const terminal = fakeTerminal();

  before(async () => {
    client = await freshClient();
    const home = scratchHome();
    store = await openStore({ url: home.store });
    elsewhere = await openStore({ url: join(home.store, 'elsewhere') });
    const temporal = { address: testServer().address, namespace: client.options.namespace };
    const configuration = { store: { url: store.url }, temporal, threads: 1 };
    context = { configuration, environment: {}, home, terminal, workingFolder: home.store };
    await workflowBundle();
  });

  function start() {
    const config: BatchConfig = {
      ...{ store: store.url, list: 'list-key', model: 'model-key', featureSet: 'librosa195', shardsInFlight: 1 },
    };
    return client.workflow.start<typeof predictBatch>('predictBatch', {
      workflowId: BATCH,
      taskQueue: TASK_QUEUES.main,
      args: [config],
      memo: { config },
    });
  }

  /** What a command prints. */
  async function printed(command: () => Promise<number>): Promise<string> {
    terminal.printed.length = 0;
    await command();
    return terminal.printed.join('\n');
  }

  it('is listed, looked at and cancelled by its name as runs are', async () => {
    const second = createGate();
    const extractShard: Activities['extractShard'] = async ({ shard }) => {
      if (shard === 0) return { key: 'shard-0', reused: false, shard, files: 64, rejected: 0 };
      second.open();
      return Context.current().cancelled;
    };
    await withWorkers(client, fakeActivities({ extractShard }).activities, async () => {
      await start();
      await second.opened;
      while ((await openBatches(client, store)).length === 0); // an index follows in a moment
      expect((await openBatches(client, store))[0]).to.include({ name: BATCH, state: 'running' });
      expect(await openBatches(client, elsewhere)).to.deep.equal([]);

      const text = await printed(() => status({ output: 'text' }, context, [BATCH]));
      expect(text).to.match(new RegExp(`^${BATCH}  running`));
      expect(text).to.match(/extractFeatures[^]*64\/256 files, 1\/4 shards/);

      expect(await printed(() => cancel({}, context, [BATCH]))).to.match(
        /^batch .* cancelled; .*ser predict --workflow/,
      );
    });
    expect(await printed(() => status({ output: 'text' }, context, [BATCH]))).to.contain('cancelled');
    expect(await printed(() => cancel({}, context, [BATCH]))).to.match(/^batch .* has ended already/);
    const failure = await failureOf(() => resume({ output: 'text' }, context, [BATCH]));
    expect(failure).to.include({ kind: 'BadConfig', subject: BATCH });
  });

  it('is told of by its server when it has ended, with the place of its table, or with what it failed with', async () => {
    await withWorkers(client, fakeActivities().activities, async () => {
      await (await start()).result();
    });
    const done = await printed(() => status({ output: 'text' }, context, [BATCH]));
    expect(done)
      .to.contain('250 predictions, 6 rejected')
      .and.match(/table {2}.*predictions\/predictions-key\/predictions\.parquet/);
    expect(await printed(() => show({ output: 'text' }, context, [BATCH]))).to.contain('predictions/predictions-key');

    const refusal = { kind: 'BadConfig', what: 'is too long', subject: 'list', remedy: 'Cut it.' };
    const planShards = () => Promise.reject(ApplicationFailure.create({ nonRetryable: true, details: [refusal] }));
    await withWorkers(client, fakeActivities({ planShards }).activities, async () => {
      await (await start()).result().catch(() => undefined);
    });
    const text = await printed(() => status({ output: 'text' }, context, [BATCH]));
    expect(text).to.match(/failed: is too long\n +in: list\n +do: Cut it\./);
  });

  it('is refused by name when the server knows none', async () => {
    const unknown = BATCH.replaceAll('0', '1');
    for (const command of [
      () => status({ output: 'text' }, context, [unknown]),
      () => cancel({}, context, [unknown]),
    ]) {
      expect(await failureOf(command)).to.include({ kind: 'BadConfig', subject: unknown });
    }
  });
});
