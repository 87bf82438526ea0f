import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { createContext } from '../../client/context.js';
import { traceCommand } from '../../client/traces.js';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { TRACE_HEADER } from '../../core/contracts/traceContext.js';
import type { TraceOptions } from '../../core/contracts/traces.js';
import { createTracing } from '../../worker/traces.js';
import type { trainingRun } from '../../workflows/trainingRun.js';
import { historyFromJson, readHistory } from '../histories/historyJson.js';
import { type Collector, type ReceivedSpan, startCollector } from '../support/collector.js';
import { fakeActivities } from '../support/fakeActivities.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';
import { workerConnection, workflowBundle } from '../support/workflows.js';

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** The run that is traced by its workers alone. */
const UNASKED = 'unasked';
const workflowsPath = pathOf('workflows/index.ts');

describe('the trace of a run', function () {
  this.timeout(600_000);
  let collector: Collector;
  let client: Client;
  let spans: readonly ReceivedSpan[];
  let unasked: readonly ReceivedSpan[];

  before(async () => {
    collector = await startCollector();
    client = await freshClient();
    await traceRuns(client, collector);
    const asked = ({ attributes }: ReceivedSpan) => attributes['ser.run'] !== UNASKED;
    spans = collector.spans.filter(asked);
    unasked = collector.spans.filter((span) => !asked(span));
  });

  const named = (name: string) => spans.filter((span) => span.name === name);
  const one = (name: string) => {
    expect(named(name), name).to.have.length(1);
    return named(name)[0]!;
  };

  it('is one from the command to every activity', () => {
    expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(1);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).to.equal(spans.length);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ name }) => name)).to.deep.equal(['ser run']);
  });

  it('has each part below what asked for it', () => {
    const [command, start, run, extraction] = [
      one('ser run'),
      one('StartWorkflow:trainingRun'),
      one('RunWorkflow:trainingRun'),
      one('RunWorkflow:extractFeatures'),
    ];
    expect(start.parentSpanId).to.equal(command.spanId);
    expect(run.parentSpanId).to.equal(start.spanId);
    expect(extraction.parentSpanId).to.equal(run.spanId);
    for (const stage of [
      'fetchCorpus',
      'planShards',
      'splitUtterances',
      'trainModel',
      'evaluateModel',
      'writeReport',
    ]) {
      expect(one(`RunActivity:${stage}`).parentSpanId, stage).to.equal(run.spanId);
    }
    for (const { parentSpanId } of named('RunActivity:extractShard')) expect(parentSpanId).to.equal(extraction.spanId);
  });

  it('has a span for every attempt of an activity, and the one that failed says why', () => {
    const attempts = named('RunActivity:extractShard').filter(({ attributes }) => attributes['ser.shard'] === 2);
    expect(attempts.map(({ attributes }) => attributes['ser.attempt'])).to.have.members([1, 2]);
    const [first, second] = attempts.sort(
      (a, b) => Number(a.attributes['ser.attempt']) - Number(b.attributes['ser.attempt']),
    );
    expect(first!.status).to.deep.equal({ code: 2, message: 'the store is away' });
    expect(first!.events!.map(({ name }) => name)).to.deep.equal(['exception']);
    expect(second).to.not.have.property('status');
    expect(second!.attributes).to.include({ 'ser.files': 64, 'ser.rejected': 3, 'ser.reused': false });
    expect(named('RunActivity:extractShard')).to.have.length(5);
  });

  it('names run, stage and shard, and the process that each part ran in', () => {
    for (const { attributes, name } of named('RunActivity:extractShard')) {
      expect(attributes, name).to.include({ 'ser.run': 'traced', 'ser.stage': 'extractShard' });
      expect(attributes['ser.summary']).to.equal(`shard ${attributes['ser.shard']}`);
    }
    expect(one('RunWorkflow:trainingRun').attributes).to.include({
      temporalWorkflowID: 'ser-run-traced',
      'ser.run': 'traced',
    });
    for (const { resource } of spans)
      expect(resource).to.include({ 'service.name': 'of-the-test', 'process.pid': process.pid });
  });

  it('begins with the workflow when the command that starts it does not trace', () => {
    expect(new Set(unasked.map(({ traceId }) => traceId)).size).to.equal(1);
    expect(unasked[0]!.traceId).not.to.equal(spans[0]!.traceId);
    const roots = unasked.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ name }) => name)).to.deep.equal(['RunWorkflow:trainingRun']);
    expect(unasked.map(({ name }) => name)).to.include('RunWorkflow:extractFeatures');
  });

  it('says of a workflow that failed why', () => {
    const message = 'there is no such backend';
    const failed = unasked.filter(({ status }) => status !== undefined);
    expect(failed.map(({ name }) => name)).to.have.members(['RunActivity:trainModel', 'RunWorkflow:trainingRun']);
    for (const { status } of failed) expect(status).to.deep.equal({ code: 2, message });
  });

  it('leaves a history that goes on under a worker that does not trace', async () => {
    for (const workflowId of ['ser-run-traced', 'ser-run-traced-extract']) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      expect(JSON.stringify(history)).to.contain(TRACE_HEADER);
      await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
    }
  });

  it('can begin in the middle of any workflow that is in flight', async () => {
    const workflowInterceptorModules = [pathOf('workflows/tracing.ts')];
    const logger = new DefaultLogger('ERROR');
    const traced = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
    const folder = pathOf('test/histories/');
    for (const file of readdirSync(folder).filter((name) => /\.json(\.gz)?$/.test(name))) {
      const history = historyFromJson(readHistory(join(folder, file)));
      const { workflowId } = history.events![0]!.workflowExecutionStartedEventAttributes!;
      await Worker.runReplayHistory({ workflowBundle: traced }, history, workflowId!);
    }
  });

  it('ends no part before it has begun', () => {
    for (const { startTimeUnixNano, endTimeUnixNano, name } of spans) {
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano), name).to.equal(true);
    }
  });

  it('goes to the path of traces with the headers that were asked for', () => {
    for (const { path, headers } of collector.requests) {
      expect(path).to.equal('/v1/traces');
      expect(headers).to.include({ authorization: 'of-the-test', 'content-type': 'application/json' });
    }
  });
});

/** A run of four shards, the third of which fails once, under a command; and one that fails, whose command does not trace. */
async function traceRuns(client: Client, collector: Collector): Promise<void> {
  const options: TraceOptions = {
    url: `${collector.url}/v1/traces`,
    headers: { authorization: 'of-the-test' },
    resource: { 'service.name': 'of-the-test' },
  };
  const { activities } = fakeActivities({
    extractShard: failingOnce(2),
    trainModel: ({ backend }) =>
      backend === 'absent'
        ? Promise.reject(ApplicationFailure.nonRetryable('there is no such backend', 'BadConfig'))
        : Promise.resolve({ key: 'model-key', reused: false, backend, note: '' }),
  });
  const tracing = createTracing(options, (reason) => expect.fail(reason));
  const common = {
    connection: await workerConnection(),
    namespace: client.options.namespace,
    activities,
    ...tracing.options,
  };
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: TASK_QUEUES.main, workflowsPath }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.extract }),
    Worker.create({ ...common, taskQueue: TASK_QUEUES.train }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const context = createContext({ quiet: true }, { environment: {}, workingFolder: scratchFolder() });
  const code = await traceCommand('ser run', options, context, async ({ workflowInterceptors }) => {
    const { namespace } = client.options;
    const interceptors = { workflow: workflowInterceptors! };
    const traced = new Client({ connection: client.connection, namespace, interceptors });
    await traced.workflow.execute<typeof trainingRun>('trainingRun', {
      workflowId: workflowIdOfRun('traced'),
      taskQueue: TASK_QUEUES.main,
      args: [runConfig({ name: 'traced' })],
    });
    return 0;
  });
  expect(code).to.equal(0);
  const failing = client.workflow.execute<typeof trainingRun>('trainingRun', {
    workflowId: workflowIdOfRun(UNASKED),
    taskQueue: TASK_QUEUES.main,
    args: [runConfig({ name: UNASKED, backend: 'absent' })],
  });
  expect(await failing.catch(() => 'failed')).to.equal('failed');
  for (const worker of workers) worker.shutdown();
  await running;
  await tracing.close();
}

function failingOnce(bad: number): NonNullable<Parameters<typeof fakeActivities>[0]>['extractShard'] & object {
  let failed = false;
  return ({ shard }) => {
    if (shard === bad && !failed) {
      failed = true;
      return Promise.reject(ApplicationFailure.create({ type: 'StoreUnavailable', message: 'the store is away' }));
    }
    return Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 3 });
  };
}
