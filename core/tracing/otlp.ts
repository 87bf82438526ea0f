import type { Span, SpanAttributes, SpanKind } from './span.js';

/** As the protocol numbers them. */
const KINDS: Record<SpanKind, number> = { internal: 1, server: 2, client: 3 };
const STATUS_ERROR = 2;

/**
 * Spans as OTLP has them in JSON (`ExportTraceServiceRequest`): ids in hexadecimal, 64-bit numbers as text, times in
 * nanoseconds since 1970.
 *
 * @param resource what is told of the process that they come from
 * @param scope which program made them, and its version
 */
export function encodeSpans(
  spans: readonly Span[],
  resource: SpanAttributes,
  scope: { name: string; version: string },
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope, spans: spans.map(encodeSpan) }],
      },
    ],
  });
}

function encodeSpan({ traceId, spanId, parent, name, kind, startMs, endMs, attributes, error }: Span) {
  return {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: encodeAttributes(attributes),
    ...(error === undefined
      ? {}
      : {
          events: [
            {
              timeUnixNano: nanoseconds(endMs),
              name: 'exception',
              attributes: encodeAttributes({ 'exception.type': error.type, 'exception.message': error.message }),
            },
          ],
          status: { code: STATUS_ERROR, message: error.message },
        }),
  };
}

function encodeAttributes(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: encodeValue(value) }));
}

function encodeValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
}

/** Of milliseconds, which hold no nanoseconds as one number. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))}`;
}
