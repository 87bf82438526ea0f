import { ApplicationFailure } from '@temporalio/activity';
import { expect } from 'chai';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import type { extractFeatures } from '../../workflows/extractFeatures.js';
import { fakeActivities } from '../support/fakeActivities.js';
import { freshClient } from '../support/server.js';
import { withWorkers } from '../support/workflows.js';

describe('an extraction of more shards than one execution takes', () => {
  it('continues as new and carries its counts along', async function () {
    this.timeout(120_000);
    const client = await freshClient();
    const fake = fakeActivities({
      extractShard: ({ shard }) =>
        shard % 600 === 599
          ? Promise.reject(ApplicationFailure.nonRetryable('is altered', 'BadInput'))
          : Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 1 }),
    });
    await withWorkers(client, fake.activities, async () => {
      const handle = await client.workflow.start<typeof extractFeatures>('extractFeatures', {
        workflowId: 'large',
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: 'plan-key', pending: '0-1199', inFlight: 64 }],
      });
      const result = await handle.result();
      expect(result.progress).to.deep.equal({ done: 1198, failed: 2, filesDone: 64 * 1198 });
      expect(result.rejected).to.equal(1198);
      expect(result.failed).to.deep.equal({
        shards: '599,1199',
        count: 2,
        first: [599, 1199].map((shard) => ({ shard, what: 'is altered' })),
      });
      const { events } = await client.workflow.getHandle('large', handle.firstExecutionRunId).fetchHistory();
      expect(events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes).to.be.an('object');
    });
  });
});
