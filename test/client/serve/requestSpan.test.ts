import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { expect } from 'chai';
import { createContext } from '../../../client/context.js';
import { openModel } from '../../../client/models.js';
import { fixedModel, servedModel } from '../../../client/serve/model.js';
import { createTracer, type Tracer } from '../../../core/tracing/tracer.js';
import { openStore } from '../../../core/store/open.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { createInlinePool, type InlinePool } from '../../durability/stagesInProcess.js';
import { type Collector, type ReceivedSpan, startCollector } from '../../support/collector.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';
import { startServed } from './servedFolder.js';

const SERVER = 2;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

describe('the span of a request', () => {
  const recording = new Uint8Array(wav16(testSignal(8000), 1, 8000));
  let collector: Collector;
  let tracer: Tracer;
  let pool: InlinePool;
  let url: string;
  let lines: string[];

  beforeEach(async () => {
    const folder = scratchFolder();
    writeUntrainedBundle(join(folder, 'bundle'));
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    const models = fixedModel(servedModel('bundle', await openModel('bundle', context)));
    pool = createInlinePool(await openStore({ url: join(folder, 'store') }));
    collector = await startCollector();
    tracer = createTracer({ url: collector.url, headers: {}, resource: {} }, (reason) => expect.fail(reason));
    ({ url, lines } = await startServed({ models, pool, tracer }));
  });

  const ask = async (path: string, init: RequestInit = {}) => (await fetch(url + path, init)).arrayBuffer();
  /** Those of so many requests. A span ends after the answer has arrived, and before the log has a line of it. */
  async function spans(requests: number): Promise<ReceivedSpan[]> {
    while (lines.filter((line) => line.includes('"msg":"request"')).length < requests) await soon();
    await tracer.close();
    return collector.spans;
  }

  it('says method, route and status, and nothing of what was sent, named or heard', async () => {
    const form = new FormData();
    form.append('file', new Blob([recording]), 'secret.wav');
    await ask('/predict?window=3&hop=1&note=secret', { method: 'POST', body: form });
    const [span] = await spans(1);
    expect(span).to.include({ name: 'POST /predict', kind: SERVER });
    expect(span).to.not.have.any.keys('parentSpanId', 'status', 'events');
    expect(span!.attributes).to.deep.equal({
      'http.request.method': 'POST',
      'http.route': '/predict',
      'http.response.status_code': 200,
    });
    expect(JSON.parse(lines[0]!)).to.include({ path: '/predict', traceId: span!.traceId });
  });

  it('is part of the trace that the request names, unless that one is not kept', async () => {
    await ask('/healthz', { headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` } });
    await ask('/healthz', { headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` } });
    await ask('/healthz', { headers: { traceparent: 'no trace' } });
    const received = await spans(3);
    expect(received).to.have.length(2);
    expect(received[0]).to.include({ traceId: TRACE_ID, parentSpanId: SPAN_ID });
    expect(received[1]!.traceId).not.to.equal(TRACE_ID);
  });

  it('has failed where the server has, and not where the request was no good', async () => {
    await ask('/predict', { method: 'POST', body: 'words' });
    await ask('/a/secret/path');
    pool.run = () => Promise.reject(new Error('secret of the machine'));
    await ask('/predict', { method: 'POST', body: recording });
    const [refused, unknown, failed] = await spans(3);
    expect(refused!.attributes).to.include({ 'http.response.status_code': 422 });
    expect(refused).to.not.have.property('status');
    expect(unknown!.name).to.equal('GET');
    expect(unknown!.attributes).to.deep.equal({ 'http.request.method': 'GET', 'http.response.status_code': 404 });
    expect(failed!.attributes).to.include({ 'http.response.status_code': 500 });
    expect(failed!.status).to.have.property('code', 2);
    expect(JSON.stringify(collector.spans)).not.to.include('secret');
  });

  it('ends where whoever asked goes before the answer', async () => {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = `POST /predict HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n`;
    socket.write(head);
    await new Promise((continued) => socket.once('data', continued)); // it has begun to read
    socket.destroy();
    const [span] = await spans(1);
    expect(span!.attributes).not.to.have.property('http.response.status_code');
    expect(span!.status).to.deep.equal({ code: 2, message: 'whoever asked did not wait for the answer' });
  });
});
