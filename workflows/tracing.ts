import {
  ContinueAsNew,
  defaultPayloadConverter,
  type Headers,
  proxySinks,
  type Sinks,
  TemporalFailure,
  workflowInfo,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import {
  formatTraceparent,
  readCarrier,
  type SpanContext,
  spanOfExecution,
  TRACE_HEADER,
  type TraceCarrier,
} from '../core/contracts/traceContext.js';

/** What a worker that traces hears of an execution that has ended. */
export interface TraceSinks extends Sinks {
  traces: {
    executed(context: SpanContext, parent: SpanContext | undefined, failure: WorkflowFailure | undefined): void;
  };
}

/** Why a workflow failed, as far as it goes through a sink. */
export type WorkflowFailure = { type: string; message: string };

/**
 * Hands the trace on from a workflow to what it starts, in headers, and tells of its end. It issues no command and draws no
 * random number: a history that was written with it replays without it, and the other way round.
 */
export function interceptors(): WorkflowInterceptors {
  const { traces } = proxySinks<TraceSinks>();
  let parent: SpanContext | undefined;
  const own = () => spanOfExecution(workflowInfo().runId, parent);

  return {
    inbound: [
      {
        async execute(input, next) {
          parent = handedOn(input.headers);
          try {
            const result = await next(input);
            traces.executed(own(), parent, undefined);
            return result;
          } catch (error) {
            // Of anything else, only this task fails, and the execution goes on with the next one.
            if (error instanceof ContinueAsNew) traces.executed(own(), parent, undefined);
            if (error instanceof TemporalFailure) traces.executed(own(), parent, failureOf(error));
            throw error;
          }
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next({ ...input, headers: withCarrier(input.headers, own(), input.options.summary) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: withCarrier(input.headers, own()) }),
        /** What goes on is a sibling, not a child: a chain of executions would nest ever deeper. */
        continueAsNew: (input, next) => next({ ...input, headers: withCarrier(input.headers, parent ?? own()) }),
      },
    ],
  };
}

function handedOn(headers: Headers): SpanContext | undefined {
  const payload = headers[TRACE_HEADER];
  return readCarrier(() => payload && defaultPayloadConverter.fromPayload(payload)).parent;
}

function withCarrier(headers: Headers, context: SpanContext, summary?: string): Headers {
  const carrier: TraceCarrier = {
    traceparent: formatTraceparent(context),
    ...(summary === undefined ? {} : { summary }),
  };
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}

/** The innermost cause: those around it say only that an activity or a child has failed. */
function failureOf(failure: TemporalFailure): WorkflowFailure {
  if (failure.cause instanceof TemporalFailure) return failureOf(failure.cause);
  const type = 'type' in failure && typeof failure.type === 'string' ? failure.type : failure.name;
  return { type, message: failure.message };
}
