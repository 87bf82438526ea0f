import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { runningWorker } from '../../worker/localWorker.js';
import { type Collector, type ReceivedSpan, startCollector } from '../support/collector.js';
import { type Ended, ser } from '../support/command.js';
import { createProject, ENDLESS, type Project, SHORT } from '../support/project.js';

/** 32 bytes, for payloads that are encrypted. */
const PAYLOAD_KEY = Buffer.alloc(32, 7).toString('base64');

describe('traces of commands on the local worker', function () {
  this.timeout(600_000);
  let project: Project;
  let collector: Collector;
  before(async () => {
    project = await createProject();
    collector = await startCollector();
  });

  const run = (name: string, environment: Record<string, string>, ...more: string[]): Promise<Ended> =>
    ser(['run', '--data', 'corpus', '--name', name, ...SHORT, ...more], { folder: project.folder, environment });
  /** The worker that runs sends what it has left as it ends. */
  const nextWorker = async () => {
    const { code, stderr } = await project.ser('up');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('restarting the local worker');
    expect(runningWorker(project.home)!.traces).to.equal('');
  };
  const named = (name: string): ReceivedSpan[] => collector.spans.filter((span) => span.name === name);

  it('go nowhere when nobody asks for them', async () => {
    expect((await run('untraced', {})).code).to.equal(0);
    expect(runningWorker(project.home)!.traces).to.equal('');
    expect(collector.requests).to.be.empty;
  });

  it('reach a worker that is started anew for them, and hold all of the run', async () => {
    const untraced = runningWorker(project.home)!;
    const { code, stderr } = await run('traced', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, '--epochs', '4');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('restarting the local worker');
    expect(runningWorker(project.home)!.pid).not.to.equal(untraced.pid);
    await nextWorker();

    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).to.equal(1);
    const [command, workflow] = [named('ser run')[0]!, named('RunWorkflow:trainingRun')[0]!];
    expect(command.attributes).to.include({ 'process.exit.code': 0 });
    expect(workflow.parentSpanId).to.equal(named('StartWorkflow:trainingRun')[0]!.spanId);
    expect(command.resource['process.pid']).not.to.equal(workflow.resource['process.pid']);
    const [training] = named('RunActivity:trainModel');
    expect(training!.parentSpanId).to.equal(workflow.spanId);
    expect(training!.attributes).to.include({ 'ser.run': 'traced', 'ser.attempt': 1, 'ser.reused': false });
    expect(training!.attributes['ser.store.read_bytes'], 'features, read in a thread').to.be.above(100_000);
    expect(training!.attributes['ser.store.written_bytes'], 'the model, written here').to.be.above(100_000);
    expect(named('RunActivity:planShards')[0]!.attributes).to.include({ 'ser.reused': true });
  });

  it('go on with the trace of the surroundings, payloads encrypted or not', async () => {
    collector.spans.length = 0;
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const environment = { TRACEPARENT: `00-${traceId}-00f067aa0ba902b7-01`, SER_PAYLOAD_KEY: PAYLOAD_KEY };
    const { code, stderr } = await run('within', environment, '--traces', collector.url);
    expect(code, stderr).to.equal(0);
    await nextWorker();
    expect(new Set(collector.spans.map((span) => span.traceId))).to.deep.equal(new Set([traceId]));
    expect(named('ser run')[0]!.parentSpanId).to.equal('00f067aa0ba902b7');
    expect(named('RunActivity:promoteModel')).to.have.length(1);
  });

  it('are no reason to take the worker from a run that goes on, nor is what another shell says of itself', async () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    const busy = await run('busy', { OTEL_EXPORTER_OTLP_ENDPOINT }, ...ENDLESS, '--detach');
    expect(busy.code, busy.stderr).to.equal(0);
    const { pid } = runningWorker(project.home)!;
    const up = (environment: Record<string, string>) => ser(['up'], { folder: project.folder, environment });
    const alike = await up({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'team=other' });
    expect(alike.stderr).not.to.match(/restarting|sends/);
    const other = await up({});
    expect(other.code, other.stderr).to.equal(0);
    expect(other.stderr).to.contain('sends its traces to the collector that it was started with').and.contain('busy');
    expect(runningWorker(project.home)!.pid).to.equal(pid);
    expect((await project.ser('cancel', 'busy')).code).to.equal(0);
    await nextWorker();
  });

  it('change nothing when the collector is away, but for a word', async () => {
    const hangsUp = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(hangsUp, 'listening');
    const { port } = hangsUp.address() as AddressInfo;
    const { code, stderr } = await run('unheard', {}, '--traces', `http://127.0.0.1:${port}`);
    expect(code, stderr).to.equal(0);
    expect(stderr.match(/traces do not reach http:\/\/127\.0\.0\.1:\d+\/v1\/traces: ./g)).to.have.length(1);
    expect((await project.ser('down')).code).to.equal(0);
    const log = readFileSync(join(project.home.logs, 'worker.log'), 'utf8');
    expect(log.match(/traces do not arrive/g)).to.have.length(1);
    hangsUp.close();
  });

  it('have their collector told by doctor, where there is one', async () => {
    expect((await project.ser('doctor', '--traces', collector.url)).stdout).to.contain(
      `go to ${collector.url}/v1/traces`,
    );
    expect((await project.ser('doctor')).stdout).not.to.contain('traces');
  });

  it('say of a command that fails with which exit code', async () => {
    collector.spans.length = 0;
    const failed = await ser(['resume', 'no-such-run', '--traces', collector.url], { folder: project.folder });
    expect(failed.code).to.equal(2);
    const [command] = named('ser resume');
    expect(command!.status!.message).to.contain('no run of this name is known');
  });
});
