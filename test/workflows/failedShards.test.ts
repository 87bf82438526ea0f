import { ApplicationFailure } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { expect } from 'chai';
import { RESUME_SIGNAL, STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { fakeActivities } from '../support/fakeActivities.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers, workflowBundle } from '../support/workflows.js';

let client: Client;
let runs = 0;

before(async function () {
  this.timeout(60_000);
  client = await freshClient();
  await workflowBundle();
});

/** A corpus of four shards, of which shard 2 cannot be extracted until its cause is mended. */
function brokenShard() {
  const cause = { mended: false };
  const fake = fakeActivities({
    extractShard: ({ shard }) =>
      shard === 2 && !cause.mended
        ? Promise.reject(ApplicationFailure.create({ type: 'BadInput', nonRetryable: true, message: 'is altered' }))
        : Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 }),
  });
  const attempts = () =>
    fake.calls.flatMap(({ activity, input }) =>
      activity === 'extractShard' ? [(input as { shard: number }).shard] : [],
    );
  return { ...fake, cause, attempts };
}

/** Starts a run over a broken shard and hands it to `act` once it waits. */
function whileWaiting<T>(
  broken: ReturnType<typeof brokenShard>,
  config: Partial<RunConfig>,
  act: (handle: Awaited<ReturnType<typeof startTrainingRun>>) => Promise<T>,
): Promise<T> {
  return withWorkers(client, broken.activities, async () => {
    const handle = await startTrainingRun(client, runConfig({ name: `broken-${++runs}`, ...config }));
    while (broken.recorded.at(-1)?.state !== 'awaiting-resume') await handle.query<RunStatus>(STATUS_QUERY);
    return act(handle);
  });
}

describe('a run whose shards stay failed', () => {
  it('waits, says which and why, and on resume tries those alone', async () => {
    const broken = brokenShard();
    const result = await whileWaiting(broken, { onFailedShards: 'wait' }, async (handle) => {
      const waiting = await handle.query<RunStatus>(STATUS_QUERY);
      expect(waiting.failedShards).to.deep.equal({ shards: '2', count: 1, first: [{ shard: 2, what: 'is altered' }] });
      broken.cause.mended = true;
      await handle.signal(RESUME_SIGNAL, { skipFailed: false });
      return handle.result();
    });
    expect(broken.attempts().sort()).to.deep.equal([0, 1, 2, 2, 3]);
    expect(result).to.include({ state: 'completed' }).and.not.to.have.property('failedShards');
    expect(result.shards).to.include({ done: 4, failed: 0, filesDone: 256 });
  });

  it('waits again when resume did not help', async () => {
    const broken = brokenShard();
    await whileWaiting(broken, { onFailedShards: 'wait' }, async (handle) => {
      const waits = () => broken.recorded.filter(({ state }) => state === 'awaiting-resume').length;
      const before = waits();
      await handle.signal(RESUME_SIGNAL, { skipFailed: false });
      while (waits() === before) await handle.query(STATUS_QUERY);
      await handle.terminate();
    });
    expect(broken.attempts().filter((shard) => shard === 2)).to.have.length(2);
  });

  it('goes on without them when resume says so, and hands on which are missing', async () => {
    const broken = brokenShard();
    const result = await whileWaiting(broken, { onFailedShards: 'wait' }, async (handle) => {
      await handle.signal(RESUME_SIGNAL, { skipFailed: true });
      return handle.result();
    });
    expect(result).to.include({ state: 'completed', skippedShards: '2' });
    const split = broken.calls.find(({ activity }) => activity === 'splitUtterances');
    expect(split?.input).to.include({ skipped: '2' });
  });

  it('goes on without them by itself when it was told to skip', async () => {
    const broken = brokenShard();
    const result = await withWorkers(client, broken.activities, async () => {
      const config = runConfig({ name: `broken-${++runs}`, onFailedShards: 'skip' });
      return (await startTrainingRun(client, config)).result();
    });
    expect(result).to.include({ state: 'completed', skippedShards: '2' });
  });

  for (const [how, config] of [
    ['at once when it was told to', { onFailedShards: 'fail' }],
    ['when nobody resumes it in time', { onFailedShards: 'wait', waitAtMostSeconds: 1 }],
  ] as const) {
    it(`fails ${how}, and names them`, async () => {
      const broken = brokenShard();
      const error: unknown = await withWorkers(client, broken.activities, async () =>
        (await startTrainingRun(client, runConfig({ name: `broken-${++runs}`, ...config }))).result(),
      ).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(WorkflowFailedError);
      expect(broken.recorded.at(-1)?.failure?.what).to.match(/^1 shard stayed failed \(2\); shard 2: is altered/);
    });
  }
});
