import { expect } from 'chai';
import fc from 'fast-check';
import { encodeSpans } from '../../core/tracing/otlp.js';
import type { Span } from '../../core/tracing/span.js';

const SPAN: Span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'RunActivity:extractShard',
  kind: 'server',
  startMs: 1_795_530_000_000,
  endMs: 1_795_530_000_123.456,
  attributes: { 'ser.shard': 7, 'ser.waited_seconds': 0.25, 'ser.reused': false, 'ser.run': 'first' },
};

type Encoded = { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] };

function encoded(change: Partial<Span> = {}): Record<string, unknown> {
  const text = encodeSpans([{ ...SPAN, ...change }], {}, { name: 'ser', version: '0' });
  return (JSON.parse(text) as Encoded).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

describe('spans as OTLP', () => {
  it('name the process and the program that they come from', () => {
    const text = encodeSpans([SPAN], { 'service.name': 'ser', 'process.pid': 12 }, { name: 'ser', version: '0.1.0' });
    const { resourceSpans } = JSON.parse(text) as {
      resourceSpans: { resource: unknown; scopeSpans: { scope: unknown }[] }[];
    };
    expect(resourceSpans[0]!.resource).to.deep.equal({
      attributes: [
        { key: 'service.name', value: { stringValue: 'ser' } },
        { key: 'process.pid', value: { intValue: '12' } },
      ],
    });
    expect(resourceSpans[0]!.scopeSpans[0]!.scope).to.deep.equal({ name: 'ser', version: '0.1.0' });
  });

  it('have their ids, kind and times in nanoseconds, and attributes by type', () => {
    expect(encoded()).to.deep.equal({
      traceId: SPAN.traceId,
      spanId: SPAN.spanId,
      name: SPAN.name,
      kind: 2,
      startTimeUnixNano: '1795530000000000000',
      endTimeUnixNano: '1795530000123456055', // as near as a double comes
      attributes: [
        { key: 'ser.shard', value: { intValue: '7' } },
        { key: 'ser.waited_seconds', value: { doubleValue: 0.25 } },
        { key: 'ser.reused', value: { boolValue: false } },
        { key: 'ser.run', value: { stringValue: 'first' } },
      ],
    });
  });

  it('keep the order of times that a clock tells', () => {
    const ms = fc.double({ min: 0, max: 4e12, noNaN: true });
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        const { startTimeUnixNano: start, endTimeUnixNano: end } = encoded({
          startMs: Math.min(a, b),
          endMs: Math.max(a, b),
        });
        expect(BigInt(start as string) <= BigInt(end as string)).to.equal(true);
      }),
    );
  });

  it('say whose they are and why they failed, where they have a parent and did', () => {
    const parent = { traceId: SPAN.traceId, spanId: 'a3ce929d0e0e4736' };
    const span = encoded({ parent, error: { type: 'StoreUnavailable', message: 'the store is away' } });
    expect(span).to.deep.include({ parentSpanId: parent.spanId, status: { code: 2, message: 'the store is away' } });
    expect(span['events']).to.deep.equal([
      {
        timeUnixNano: '1795530000123456055',
        name: 'exception',
        attributes: [
          { key: 'exception.type', value: { stringValue: 'StoreUnavailable' } },
          { key: 'exception.message', value: { stringValue: 'the store is away' } },
        ],
      },
    ]);
  });
});
