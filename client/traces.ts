import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { formatTraceparent, parseTraceparent, type SpanContext, TRACE_HEADER } from '../core/contracts/traceContext.js';
import type { TraceOptions } from '../core/contracts/traces.js';
import { createTracer, type Tracer } from '../core/tracing/tracer.js';
import type { CommandContext } from './context.js';

/**
 * Runs a command as a span, with what it starts below it. It belongs to the trace that the environment names by
 * `TRACEPARENT`, as some build servers do, else it begins one.
 */
export async function traceCommand(
  name: string,
  options: TraceOptions,
  context: CommandContext,
  work: (context: CommandContext) => Promise<number>,
): Promise<number> {
  const tracer = createTracer(options, (reason) =>
    context.terminal.warn(`traces do not reach ${options.url}: ${reason}`),
  );
  const parent = parseTraceparent(context.environment['TRACEPARENT']);
  try {
    return await tracer.trace(name, 'internal', parent, async (span) => {
      const workflowInterceptors = [startsAsSpans(tracer, span.context)];
      const exitCode = await work({ ...context, workflowInterceptors });
      span.note({ 'process.exit.code': exitCode });
      if (exitCode !== 0) span.fail({ type: 'exit', message: `exit code ${exitCode}` });
      return exitCode;
    });
  } finally {
    await tracer.close();
  }
}

/** Makes the start of a workflow, and a signal to one, a span, and hands the trace on in a header. */
function startsAsSpans(tracer: Tracer, parent: SpanContext): WorkflowClientInterceptor {
  return {
    startWithDetails: (input, next) =>
      tracer.trace(`StartWorkflow:${input.workflowType}`, 'client', parent, async (span) => {
        span.note({ temporalWorkflowID: input.options.workflowId });
        const started = await next({ ...input, headers: withTrace(input.headers, span.context) });
        span.note({ temporalRunID: started.runId });
        return started;
      }),
    signal: (input, next) =>
      tracer.trace(`SignalWorkflow:${input.signalName}`, 'client', parent, async (span) => {
        span.note({ temporalWorkflowID: input.workflowExecution.workflowId ?? '' });
        await next({ ...input, headers: withTrace(input.headers, span.context) });
      }),
  };
}

function withTrace(headers: Headers, context: SpanContext): Headers {
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent: formatTraceparent(context) }) };
}
