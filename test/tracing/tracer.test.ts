import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';
import { createTracer, type Tracer } from '../../core/tracing/tracer.js';
import { type Collector, startCollector } from '../support/collector.js';

const tracerOf = (url: string): Tracer =>
  createTracer({ url, headers: { 'x-key': 'k' }, resource: { 'service.name': 'ser' } }, (reason) =>
    expect.fail(reason),
  );

describe('a tracer', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });

  it('sends what is left when it is closed, each part below the one that it was begun in', async () => {
    const tracer = tracerOf(collector.url);
    const result = await tracer.trace('outer', 'internal', undefined, ({ context, note }) => {
      note({ files: 3 });
      return tracer.trace('inner', 'client', context, () => Promise.resolve(7));
    });
    expect(result).to.equal(7);
    await tracer.close();
    const [inner, outer] = collector.spans;
    expect(inner).to.include({ name: 'inner', traceId: outer!.traceId, parentSpanId: outer!.spanId });
    expect(outer).to.not.have.property('parentSpanId');
    expect(outer!.attributes).to.deep.equal({ files: 3 });
    expect(collector.requests[0]!.headers).to.include({ 'x-key': 'k' });
  });

  it('notes what work throws, and lets it go on', async () => {
    const tracer = tracerOf(collector.url);
    const thrown = new SerError('BadInput', 'is no recording', 'a.wav');
    const caught: unknown = await tracer
      .trace('work', 'internal', undefined, () => Promise.reject(thrown))
      .catch((error: unknown) => error);
    expect(caught).to.equal(thrown);
    await tracer.close();
    expect(collector.spans[0]!.status).to.deep.equal({ code: 2, message: 'a.wav: is no recording' });
  });
});
