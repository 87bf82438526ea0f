import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { parseRanges } from '../../core/contracts/ranges.js';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { type ExtractionProgress, PROGRESS_QUERY } from '../../core/contracts/queries.js';
import type { extractFeatures, ExtractFeaturesInput } from '../../workflows/extractFeatures.js';
import { type FakeActivities, fakeActivities, planOf } from '../support/fakeActivities.js';
import { createGate } from '../support/gate.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { startTrainingRun, withWorkers, workflowBundle } from '../support/workflows.js';

let client: Client;
let extractions = 0;

before(async function () {
  this.timeout(60_000);
  client = await freshClient();
  await workflowBundle();
});

function start(input: Partial<ExtractFeaturesInput>) {
  return client.workflow.start<typeof extractFeatures>('extractFeatures', {
    workflowId: `extraction-${++extractions}`,
    taskQueue: TASK_QUEUES.main,
    args: [{ plan: 'plan-key', pending: '0-9', inFlight: 3, ...input }],
  });
}

function extract(fake: FakeActivities, input: Partial<ExtractFeaturesInput>) {
  return withWorkers(client, fake.activities, async () => (await start(input)).result());
}

const shardsOf = ({ calls }: FakeActivities) =>
  calls.filter(({ activity }) => activity === 'extractShard').map(({ input }) => (input as { shard: number }).shard);

const NONE = { shards: '', count: 0, first: [] };
const done = (shard: number) => ({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 });
const refused = () =>
  ApplicationFailure.create({
    type: 'BadInput',
    nonRetryable: true,
    details: [{ kind: 'BadInput', what: 'is altered in the store', subject: 'audio/aa.wav', remedy: '' }],
  });

describe('the extraction of features', () => {
  it('tries every pending shard once and adds up what came out', async () => {
    const fake = fakeActivities({ extractShard: ({ shard }) => Promise.resolve({ ...done(shard), rejected: 1 }) });
    const result = await extract(fake, { pending: '0-4,7,9' });
    expect(shardsOf(fake).sort((left, right) => left - right)).to.deep.equal([0, 1, 2, 3, 4, 7, 9]);
    expect(result).to.deep.include({ progress: { done: 7, failed: 0, filesDone: 448 }, rejected: 7 });
  });

  it('has as many shards under way as it may, and never more', async () => {
    let underWay = 0;
    let most = 0;
    const full = createGate();
    const fake = fakeActivities({
      extractShard: async ({ shard }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        if (underWay === 3) full.open();
        await full.opened;
        underWay -= 1;
        return done(shard);
      },
    });
    await extract(fake, { inFlight: 3 });
    expect(most).to.equal(3);
  });

  it('goes on with the others when shards fail, and tells which failed and why', async () => {
    const fake = fakeActivities({
      extractShard: ({ shard }) =>
        [2, 3, 7].includes(shard) ? Promise.reject(refused()) : Promise.resolve(done(shard)),
    });
    const { progress, failed } = await extract(fake, {});
    expect(new Set(shardsOf(fake)).size).to.equal(10);
    expect(progress).to.deep.equal({ done: 7, failed: 3, filesDone: 448 });
    expect(failed).to.deep.include({ shards: '2-3,7', count: 3 });
    expect(failed.first[0]).to.deep.equal({ shard: 2, what: 'audio/aa.wav: is altered in the store' });
  });

  it('answers how far it is', async () => {
    const last = createGate();
    const looked = createGate();
    const fake = fakeActivities({
      extractShard: async ({ shard }) => {
        if (shard === 1) throw refused();
        if (shard === 3) {
          last.open();
          await looked.opened;
        }
        return done(shard);
      },
    });
    const { progress, details } = await withWorkers(client, fake.activities, async () => {
      const handle = await start({ pending: '0-3', inFlight: 1 });
      await last.opened;
      const answer = await handle.query<ExtractionProgress>(PROGRESS_QUERY);
      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      looked.open();
      await handle.result().catch(() => undefined);
      return { progress: answer, details: currentDetails };
    });
    expect(details).to.match(/^\*\*2 of 4\*\* shards extracted, 128 files, [\d.]+ files\/s$/m);
    expect(details).to.contain('- shard 1 failed: audio/aa.wav: is altered in the store');
    expect(progress).to.deep.include({ done: 2, failed: 1, filesDone: 128 });
    expect(progress.pace).to.include({ files: 128 });
    expect(progress.pace!.untilMs).to.be.at.least(progress.pace!.sinceMs);
  });

  it('measures how fast it goes by what it computes, not by what stood in the store or was done before', async () => {
    const last = createGate();
    const looked = createGate();
    const fake = fakeActivities({
      extractShard: async ({ shard }) => {
        if (shard === 1003) {
          last.open();
          await looked.opened;
        }
        return { ...done(shard), reused: shard < 1002 };
      },
    });
    const before = { progress: { done: 1000, failed: 0, filesDone: 64_000 }, failed: NONE, rejected: 0 };
    const progress = await withWorkers(client, fake.activities, async () => {
      const handle = await start({ pending: '1000-1003', inFlight: 1, before });
      await last.opened;
      const answer = await handle.query<ExtractionProgress>(PROGRESS_QUERY);
      looked.open();
      await handle.result();
      return answer;
    });
    expect(progress).to.deep.include({ done: 1003, filesDone: 64_192 });
    expect(progress.pace).to.include({ files: 64 });
  });

  it('begins with what earlier executions came to', async () => {
    const fake = fakeActivities();
    const before = { progress: { done: 1000, failed: 0, filesDone: 64_000 }, failed: NONE, rejected: 3 };
    const result = await extract(fake, { pending: '1000-1004', before });
    expect(result).to.deep.include({ progress: { done: 1005, failed: 0, filesDone: 64_320 }, rejected: 3 });
  });

  it('asks of activities and answers in payloads under 10 KB for 12,162 files in 190 shards, half of them missing', async () => {
    const missing = Array.from({ length: 95 }, (_, index) => 2 * index);
    const plan = planOf(190, { files: 12_162, pending: missing.join(','), shardsPending: 95, filesPending: 6081 });
    const rejects = Array.from({ length: 20 }, (_, index) => ({
      path: `Crema/${'a-folder-of-some-depth/'.repeat(3)}1076_MTI_SAD_X${index}.wav`,
      reason: 'is byte-identical to Crema/1076_MTI_SAD_XX.wav (sad), under another label',
    }));
    const fake = fakeActivities({
      planShards: () => Promise.resolve(plan),
      fetchCorpus: () =>
        Promise.resolve({
          key: 'a'.repeat(64),
          reused: false,
          counts: { files: 12_162, usable: 12_000, rejected: 162, hours: 11.5 },
          rejects,
        }),
    });
    const sizes = await withWorkers(client, fake.activities, async () => {
      const handle = await startTrainingRun(client, runConfig({ name: 'whole', shardsInFlight: 32 }));
      await handle.result();
      const child = client.workflow.getHandle('ser-run-whole-extract');
      return [...payloadSizes(await handle.fetchHistory()), ...payloadSizes(await child.fetchHistory())];
    });
    expect(sizes).to.have.length.greaterThan(200);
    expect(Math.max(...sizes)).to.be.within(1000, 10_000);
    expect(parseRanges(plan.pending)).to.deep.equal(missing);
  });
});

/** The size of every payload in a history, in bytes. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('data' in value && value.data instanceof Uint8Array) return [value.data.length];
  return Object.values(value).flatMap(payloadSizes);
}
