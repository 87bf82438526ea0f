import { expect } from 'chai';
import type { Client } from '@temporalio/client';
import { SHARD_MEAN_SIZE } from '../../core/contracts/stages.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { extractionIdOf } from '../../core/contracts/queries.js';
import { officialRecordings } from '../../core/corpora/official.js';
import { planShards } from '../../core/corpora/shards.js';
import type { extractFeatures } from '../../workflows/extractFeatures.js';
import { fakeActivities, planOf } from '../support/fakeActivities.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers } from '../support/workflows.js';
import { historySizes } from './histories.js';

const MEGABYTE = 2 ** 20;

describe('a large corpus', function () {
  this.timeout(300_000);
  let client: Client;
  before(async () => {
    client = await freshClient();
  });

  it('of 12,162 recordings stays under 1,500 events and 10 KB a payload', async () => {
    const recordings = await officialRecordings();
    const shards = planShards(recordings, { meanSize: SHARD_MEAN_SIZE });
    const usable = shards.reduce((sum, { sha256s }) => sum + sha256s.length, 0);
    const plan = planOf(shards.length, { key: '0'.repeat(64), files: usable, filesPending: usable });
    const { activities, calls } = fakeActivities({ planShards: () => Promise.resolve(plan) });
    const config = runConfig({ name: 'official', shardsInFlight: 8 });
    const [run, extraction] = await withWorkers(client, activities, async () => {
      const handle = await startTrainingRun(client, config);
      await handle.result();
      return Promise.all([
        historySizes(client, handle.workflowId),
        historySizes(client, extractionIdOf(handle.workflowId)),
      ]);
    });
    const executions = [...run, ...extraction];
    console.log(`    ${shards.length} shards: ${JSON.stringify(executions)}`);
    expect(calls.filter(({ activity }) => activity === 'extractShard')).to.have.length(shards.length);
    expect(executions.reduce((sum, { events }) => sum + events, 0)).to.be.below(1500);
    expect(Math.max(...executions.map(({ largestPayloadBytes }) => largestPayloadBytes))).to.be.below(10_000);
  });

  it('of 100,000 files is extracted under 10,000 events an execution, in bounded memory', async () => {
    const shards = Math.ceil(100_000 / SHARD_MEAN_SIZE);
    const { activities, calls } = fakeActivities();
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const workflowId = 'extract-100000';
    const result = await withWorkers(client, activities, () =>
      client.workflow.execute<typeof extractFeatures>('extractFeatures', {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: '0'.repeat(64), pending: `0-${shards - 1}`, inFlight: 16 }],
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const grown = (process.memoryUsage().rss - before) / MEGABYTE;
    const { firstExecutionRunId } = await firstExecution(client, workflowId);
    const sizes = await historySizes(client, workflowId, firstExecutionRunId);
    console.log(
      `    ${shards} shards in ${seconds.toFixed(1)} s, ${((1000 * seconds) / shards).toFixed(1)} ms a shard, ` +
        `${grown.toFixed(0)} MB more memory, executions of ${sizes.map(({ events }) => events).join(' and ')} events`,
    );
    expect(result.progress.done).to.equal(shards);
    expect(new Set(calls.map(({ input }) => (input as { shard: number }).shard)).size).to.equal(shards);
    expect(calls).to.have.length(shards);
    expect(Math.max(...sizes.map(({ events }) => events))).to.be.below(10_000);
    expect(grown).to.be.below(300);
  });
});

/** The first of the executions that continued one another. */
async function firstExecution(client: Client, workflowId: string) {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return { firstExecutionRunId: raw.workflowExecutionInfo?.firstRunId ?? '' };
}
