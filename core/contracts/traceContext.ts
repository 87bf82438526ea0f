/** Names a span to those who come after it. */
export type SpanContext = {
  /** 32 hexadecimal digits, the same in all of a trace. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
};

/** The header of Temporal in which its SDKs hand a trace on, whatever their language. */
export const TRACE_HEADER = '_tracer-data';

/** What stands in {@link TRACE_HEADER}; others leave alone what they do not know of it. */
export type TraceCarrier = {
  /** W3C Trace Context. */
  traceparent: string;
  /** The line that the Temporal UI shows of an activity: which fold, which shard. */
  summary?: string;
};

/** W3C Trace Context, version 00, sampled. */
export function formatTraceparent({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** The span that a `traceparent` names; undefined when it is none or names no span. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId = '', spanId = ''] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(text ?? '') ?? [];
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? { traceId, spanId } : undefined;
}

/** Whether a `traceparent` says that its trace is not kept: whoever began it has chosen among many. */
export function isUnsampled(text: string | undefined): boolean {
  return parseTraceparent(text) !== undefined && /[02468ace]$/.test(text ?? '');
}

/**
 * What another process has handed on. Headers come from anybody who may start a workflow: what cannot be read counts as
 * nothing, and does not stop the work.
 */
export function readCarrier(decode: () => unknown): { parent?: SpanContext; summary?: string } {
  let carrier: unknown;
  try {
    carrier = decode();
  } catch {
    return {};
  }
  if (typeof carrier !== 'object' || carrier === null) return {};
  const { traceparent, summary } = carrier as Partial<Record<keyof TraceCarrier, unknown>>;
  const parent = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(typeof summary === 'string' ? { summary } : {}),
  };
}

/**
 * The span of a workflow execution. It is drawn from the execution's id, so that whoever replays the history, on whatever
 * worker, names the same span without a random number; without a parent the trace is named by it, too.
 *
 * @param runId a UUID, whose second half is random in all versions that Temporal uses
 */
export function spanOfExecution(runId: string, parent: SpanContext | undefined): SpanContext {
  const digits = runId.replaceAll('-', '');
  return { traceId: parent?.traceId ?? digits, spanId: digits.slice(16) };
}
