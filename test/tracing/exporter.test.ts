import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { expect } from 'chai';
import { createExporter, type SpanExporter } from '../../core/tracing/exporter.js';
import { encodeSpans } from '../../core/tracing/otlp.js';
import type { Span } from '../../core/tracing/span.js';
import { type Collector, startCollector } from '../support/collector.js';

const AMPLE_MS = 60_000;

/** Only what a test is about is short of time. */
const PATIENCE = {
  sendEvery: AMPLE_MS,
  answerWithin: AMPLE_MS,
  closeWithin: AMPLE_MS,
  closeAfterTroubleWithin: AMPLE_MS,
};

const span = (name: string): Span => ({
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name,
  kind: 'internal',
  startMs: 0,
  endMs: 1,
  attributes: {},
});

function exporterTo(url: string, patience: Partial<typeof PATIENCE> = {}): SpanExporter & { troubles: string[] } {
  const troubles: string[] = [];
  const exporter = createExporter({
    url,
    headers: {},
    encode: (spans) => encodeSpans(spans, {}, { name: 'ser', version: '0' }),
    onTrouble: (reason) => troubles.push(reason),
    patience: { ...PATIENCE, ...patience },
  });
  return { ...exporter, troubles };
}

describe('spans on their way to a collector', function () {
  this.timeout(AMPLE_MS);
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });

  const arrived = () => collector.spans.map(({ name }) => name);

  it('leave by themselves, not only at the end', async () => {
    const exporter = exporterTo(collector.url, { sendEvery: 5 });
    exporter.add(span('one'));
    await collector.until(({ length }) => length === 1);
    await exporter.close();
    expect(arrived()).to.deep.equal(['one']);
  });

  it('go in batches', async () => {
    const exporter = exporterTo(collector.url);
    for (let index = 0; index < 1300; index++) exporter.add(span(`${index}`));
    await exporter.close();
    expect(collector.requests).to.have.length(3);
    expect(arrived()).to.deep.equal(Array.from({ length: 1300 }, (_, index) => `${index}`));
  });

  it('are kept while the collector asks for patience, and arrive once', async () => {
    const exporter = exporterTo(collector.url, { sendEvery: 5 });
    collector.answer(503);
    exporter.add(span('early'));
    await collector.until(() => collector.requests.length >= 3);
    collector.answer(200);
    exporter.add(span('late'));
    await exporter.close();
    expect(arrived()).to.deep.equal(['early', 'late']);
    expect(exporter.troubles).to.deep.equal(['it answers 503 Service Unavailable']);
  });

  it('are dropped when the collector refuses them, which is told once', async () => {
    const exporter = exporterTo(collector.url);
    collector.answer(400);
    for (let index = 0; index < 600; index++) exporter.add(span(`${index}`));
    await exporter.close();
    expect(collector.requests).to.have.length(2);
    expect(exporter.troubles).to.deep.equal(['it answers 400 Bad Request']);
  });

  it('are kept up to a number while they cannot leave, the first ones', async () => {
    const exporter = exporterTo(collector.url);
    for (let index = 0; index < 10_000; index++) exporter.add(span(`${index}`));
    await exporter.close();
    expect(arrived()).to.deep.equal(Array.from({ length: 4096 }, (_, index) => `${index}`));
  });

  it('are lost when there is no collector, which is told once', async () => {
    const gone = createServer();
    const exporter = exporterTo(await addressOf(gone));
    gone.close();
    await once(gone, 'close');
    for (let index = 0; index < 600; index++) exporter.add(span(`${index}`));
    await exporter.close();
    expect(exporter.troubles).to.have.length(1);
    expect(exporter.troubles[0]).to.contain('ECONNREFUSED');
  });

  it('hold nobody up when the collector is silent', async () => {
    const silent = createServer(() => undefined);
    const exporter = exporterTo(await addressOf(silent), { closeWithin: 50 });
    exporter.add(span('unheard'));
    await exporter.close();
    silent.closeAllConnections();
    silent.close();
    expect(exporter.troubles).to.deep.equal(['it does not answer within 50 ms']);
  });

  it('are tried again when one request has no answer in time', async () => {
    let requests = 0;
    const slow = createServer((_, response) => {
      if (++requests > 1) response.end('{}');
    });
    const exporter = exporterTo(await addressOf(slow), { answerWithin: 200, sendEvery: 5 });
    exporter.add(span('late'));
    while (requests < 2) await new Promise(setImmediate);
    await exporter.close();
    slow.closeAllConnections();
    slow.close();
    expect(exporter.troubles[0]).to.equal('it does not answer within 200 ms');
  });

  it('are not given to whom the collector redirects to', async () => {
    const elsewhere = createServer((_, response) => response.writeHead(307, { location: collector.url }).end());
    const exporter = exporterTo(await addressOf(elsewhere));
    exporter.add(span('one'));
    await exporter.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
    expect(collector.requests).to.be.empty;
    expect(exporter.troubles).to.have.length(1);
  });
});

async function addressOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
