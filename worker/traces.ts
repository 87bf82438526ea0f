import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Info } from '@temporalio/activity';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory, InjectedSinks, WorkerOptions } from '@temporalio/worker';
import { runOfWorkflow } from '../core/contracts/queries.js';
import { readCarrier, type SpanContext, spanOfExecution, TRACE_HEADER } from '../core/contracts/traceContext.js';
import type { TraceOptions } from '../core/contracts/traces.js';
import type { SpanAttributes } from '../core/tracing/span.js';
import { createTracer, type Tracer } from '../core/tracing/tracer.js';
import type { TraceSinks } from '../workflows/tracing.js';

/** What a worker is created with so that its workflows and activities are spans, and how what is left of them is sent. */
export type Tracing = { options: Pick<WorkerOptions, 'sinks' | 'interceptors'>; close(): Promise<void> };

/**
 * Names spans as Temporal's SDKs do. The workflows must have been bundled with `workflows/tracing`; from source, they are.
 *
 * @param onTrouble hears once why spans do not arrive
 */
export function createTracing(options: TraceOptions, onTrouble: (reason: string) => void): Tracing {
  const tracer = createTracer(options, onTrouble);
  const fromSource = extname(import.meta.url) === '.ts';
  const workflowModules = fromSource ? [fileURLToPath(new URL('../workflows/tracing.ts', import.meta.url))] : [];
  return {
    options: { sinks: workflowSpans(tracer), interceptors: { activity: [activitySpans(tracer)], workflowModules } },
    close: () => tracer.close(),
  };
}

function workflowSpans(tracer: Tracer): InjectedSinks<TraceSinks> {
  return {
    traces: {
      executed: {
        fn(info, context, parent, error) {
          tracer.add({
            ...context,
            parent,
            name: `RunWorkflow:${info.workflowType}`,
            kind: 'server',
            startMs: info.startTime.getTime(),
            endMs: Date.now(),
            attributes: executionAttributes(info),
            error,
          });
        },
      },
    },
  };
}

/** Every attempt of an activity is a span of its own. */
function activitySpans(tracer: Tracer): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        const { parent, summary } = handedOn(input.headers);
        return tracer.trace(`RunActivity:${info.activityType}`, 'server', parent ?? executionOf(info), async (span) => {
          span.note({
            ...(info.workflowExecution && executionAttributes(info.workflowExecution)),
            temporalActivityID: info.activityId,
            'ser.stage': info.activityType,
            'ser.attempt': info.attempt,
            'ser.waited_seconds': (Date.now() - info.currentAttemptScheduledTimestampMs) / 1000,
            ...(summary === undefined ? {} : { 'ser.summary': summary }),
            ...askedFor(input.args[0]),
          });
          const result = await next(input);
          span.note(cameTo(result));
          return result;
        });
      },
    },
  });
}

function handedOn(headers: Headers): ReturnType<typeof readCarrier> {
  const payload = headers[TRACE_HEADER];
  return readCarrier(payload && defaultPayloadConverter.fromPayload(payload));
}

/** The workflow's span, should its worker not hand traces on. */
function executionOf({ workflowExecution }: Info): SpanContext | undefined {
  return workflowExecution && spanOfExecution(workflowExecution.runId, undefined);
}

function executionAttributes({ workflowId, runId }: WorkflowExecution): SpanAttributes {
  return { temporalWorkflowID: workflowId, temporalRunID: runId, 'ser.run': runOfWorkflow(workflowId) };
}

type WorkflowExecution = NonNullable<Info['workflowExecution']>;

/** What tells one call of an activity from the others. */
function askedFor(input: unknown): SpanAttributes {
  return picked(input, ['shard']);
}

/** What its result says of the work. */
function cameTo(result: unknown): SpanAttributes {
  return picked(result, ['reused', 'key', 'files', 'rejected', 'shards', 'backend']);
}

function picked(value: unknown, names: readonly string[]): SpanAttributes {
  if (typeof value !== 'object' || value === null) return {};
  const known = Object.entries(value).filter(
    (entry): entry is [string, string | number | boolean] =>
      names.includes(entry[0]) && ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(known.map(([name, one]) => [`ser.${name}`, one]));
}
