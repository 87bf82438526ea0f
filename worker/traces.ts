import { AsyncLocalStorage } from 'node:async_hooks';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Info } from '@temporalio/activity';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory, InjectedSinks, WorkerOptions } from '@temporalio/worker';
import { runOfWorkflow } from '../core/contracts/queries.js';
import { readCarrier, type SpanContext, spanOfExecution, TRACE_HEADER } from '../core/contracts/traceContext.js';
import type { TraceOptions } from '../core/contracts/traces.js';
import { addUse, countedStore, noUse, type StoreUse } from '../core/store/countedStore.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { SpanAttributes } from '../core/tracing/span.js';
import { createTracer, type Tracer } from '../core/tracing/tracer.js';
import type { TraceSinks } from '../workflows/tracing.js';

/** What makes the workflows and activities of a worker spans. */
export type Tracing = {
  /** What the worker is created with. */
  options: Pick<WorkerOptions, 'sinks' | 'interceptors'>;
  /** What its threads are, so that spans tell what was asked of the store there, */
  pool: { onStoreUse: (use: StoreUse) => void };
  /** and what its activities work with, so that they tell what was asked here. */
  counted: (store: ObjectStore) => ObjectStore;
  /** Sends what is left, as far as there is time for it. */
  close: () => Promise<void>;
};

/**
 * Names spans as Temporal's SDKs do. The workflows must have been bundled with `workflows/tracing`; from source, they are.
 *
 * @param onTrouble hears once why spans do not arrive
 */
export function createTracing(options: TraceOptions, onTrouble: (reason: string) => void): Tracing {
  const tracer = createTracer(options, onTrouble);
  const uses = new AsyncLocalStorage<StoreUse>();
  const fromSource = extname(import.meta.url) === '.ts';
  const workflowModules = fromSource ? [fileURLToPath(new URL('../workflows/tracing.ts', import.meta.url))] : [];
  return {
    options: {
      sinks: workflowSpans(tracer),
      interceptors: { activity: [activitySpans(tracer, uses)], workflowModules },
    },
    pool: {
      onStoreUse(part) {
        const use = uses.getStore();
        if (use !== undefined) addUse(use, part);
      },
    },
    counted: (store) => countedStore(store, () => uses.getStore()),
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
function activitySpans(tracer: Tracer, uses: AsyncLocalStorage<StoreUse>): ActivityInterceptorsFactory {
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
            ...inputAttributes(input.args[0]),
          });
          const use = noUse();
          try {
            const result = await uses.run(use, () => next(input));
            span.note(resultAttributes(result));
            return result;
          } finally {
            span.note(storeAttributes(use));
          }
        });
      },
    },
  });
}

function handedOn(headers: Headers): ReturnType<typeof readCarrier> {
  const payload = headers[TRACE_HEADER];
  return readCarrier(() => payload && defaultPayloadConverter.fromPayload(payload));
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
function inputAttributes(input: unknown): SpanAttributes {
  return picked(input, ['shard']);
}

function storeAttributes({ calls, readBytes, writtenBytes, seconds }: StoreUse): SpanAttributes {
  if (calls === 0) return {};
  return {
    'ser.store.calls': calls,
    'ser.store.read_bytes': readBytes,
    'ser.store.written_bytes': writtenBytes,
    'ser.store.seconds': seconds,
  };
}

/** What its result says of the work. */
function resultAttributes(result: unknown): SpanAttributes {
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
