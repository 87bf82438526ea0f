import type { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { lackingOf, searchAttributesOf } from '../../client/searchability.js';
import { startRun } from '../../client/startRun.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import type { RetrainConfig } from '../../core/contracts/retraining.js';
import { registerSearchAttributes } from '../../worker/searchAttributes.js';
import type { retrain } from '../../workflows/retrain.js';
import { fakeActivities, METRICS } from '../support/fakeActivities.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { withWorkers, workflowBundle } from '../support/workflows.js';

describe('in the Temporal UI', function () {
  this.timeout(60_000);
  let client: Client;

  before(async () => {
    client = await freshClient();
    await registerSearchAttributes(client.connection as Connection, client.options.namespace);
    while (lackingOf(await searchAttributesOf(client)).length > 0); // a namespace learns of them in a moment
    await workflowBundle();
  });

  /** The ids that a query finds; an index follows in a moment. */
  async function found(query: string): Promise<string[]> {
    for (;;) {
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      if (ids.length > 0) return ids;
    }
  }

  it('a run is found by its name, corpus, feature set, stage and accuracy', async () => {
    const { activities } = fakeActivities();
    await withWorkers(client, activities, async () => {
      const config = runConfig({ name: 'found', data: { sources: ['/data/TESS.zip', 'demo'], maxRejected: 0 } });
      const { workflowId, unsearchable } = await startRun(client, config);
      expect(unsearchable).to.deep.equal([]);
      await client.workflow.getHandle(workflowId).result();
    });
    const query = `SerRun = 'found' AND SerCorpus = 'TESS' AND SerFeatureSet = 'librosa195' AND SerStage = 'promoteModel'`;
    expect(await found(`${query} AND SerAccuracy = ${METRICS.accuracy}`)).to.deep.equal([workflowIdOfRun('found')]);
  });

  it('a run of a schedule is found as any other, by what its schedule was told that the server takes', async () => {
    const { activities } = fakeActivities();
    const searchAttributes = await searchAttributesOf(client);
    const config: RetrainConfig = { schedule: 'weekly', run: runConfig(), maxDrift: 0.2, searchAttributes };
    const { run } = await withWorkers(client, activities, () =>
      client.workflow.execute<typeof retrain>('retrain', {
        workflowId: 'ser-retrain-weekly',
        taskQueue: TASK_QUEUES.main,
        args: [config],
      }),
    );
    expect(await found(`SerRun = '${run}' AND SerAccuracy > 0.5`)).to.deep.equal([workflowIdOfRun(run)]);
  });
});
