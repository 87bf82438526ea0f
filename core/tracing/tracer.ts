import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { VERSION } from '../contracts/names.js';
import type { SpanContext } from '../contracts/traceContext.js';
import type { TraceOptions } from '../contracts/traces.js';
import { createExporter } from './exporter.js';
import { encodeSpans } from './otlp.js';
import { type Span, type SpanAttributes, type SpanError, spanError, type SpanKind } from './span.js';

/** A span under way. */
export type OpenSpan = {
  context: SpanContext;
  /** More is known of it. */
  note: (attributes: SpanAttributes) => void;
  /** It failed, though nothing is thrown. */
  fail: (error: SpanError) => void;
};

/** A span that whoever began it ends. */
export type BegunSpan = OpenSpan & { end: () => void };

/** Makes spans and sends them to a collector. */
export interface Tracer {
  /**
   * Begins a span, for work that ends elsewhere than it begins.
   *
   * @param parent of the span; it begins a trace without one
   */
  begin(name: string, kind: SpanKind, parent: SpanContext | undefined): BegunSpan;
  /**
   * Does some work as a span; what it throws is noted and goes on.
   *
   * @param parent of the span; it begins a trace without one
   */
  trace<T>(
    name: string,
    kind: SpanKind,
    parent: SpanContext | undefined,
    work: (span: OpenSpan) => Promise<T>,
  ): Promise<T>;
  /** Takes a span that somebody else has measured. */
  add(span: Span): void;
  /** Sends what is left, as far as there is time for it. */
  close(): Promise<void>;
}

/** @param onTrouble hears once why spans do not arrive */
export function createTracer({ url, headers, resource }: TraceOptions, onTrouble: (reason: string) => void): Tracer {
  const self = {
    'service.version': VERSION,
    'host.name': hostname(),
    'process.pid': process.pid,
    ...resource,
  };
  const scope = { name: 'ser', version: VERSION };
  const encode = (spans: readonly Span[]) => encodeSpans(spans, self, scope);
  const exporter = createExporter({ url, headers, encode, onTrouble });

  function begin(name: string, kind: SpanKind, parent: SpanContext | undefined): BegunSpan {
    const context = { traceId: parent?.traceId ?? randomId(16), spanId: randomId(8) };
    const attributes: SpanAttributes = {};
    const startMs = Date.now();
    const started = performance.now();
    let error: SpanError | undefined;
    return {
      context,
      note: (more) => void Object.assign(attributes, more),
      fail: (reason) => (error = reason),
      end() {
        const endMs = startMs + performance.now() - started;
        exporter.add({ ...context, parent, name, kind, startMs, endMs, attributes, error });
      },
    };
  }

  return {
    begin,
    async trace(name, kind, parent, work) {
      const span = begin(name, kind, parent);
      try {
        return await work(span);
      } catch (error) {
        span.fail(spanError(error));
        throw error;
      } finally {
        span.end();
      }
    },
    add: (span) => exporter.add(span),
    close: () => exporter.close(),
  };
}

function randomId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
