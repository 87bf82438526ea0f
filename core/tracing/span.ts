import type { SpanContext } from '../contracts/traceContext.js';

export type SpanAttributes = Record<string, string | number | boolean>;

/** Whether a span is work of its own, asks for work elsewhere, or is what was asked for. */
export type SpanKind = 'internal' | 'client' | 'server';

/** A span that has ended. */
export type Span = SpanContext & {
  parent?: SpanContext | undefined;
  name: string;
  kind: SpanKind;
  /** Milliseconds since 1970. */
  startMs: number;
  endMs: number;
  attributes: SpanAttributes;
  /** Why it failed; it went well without. */
  error?: SpanError | undefined;
};

export type SpanError = { type: string; message: string };

/** What a thrown value says of itself. */
export function spanError(error: unknown): SpanError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  return { type, message: error.message };
}
