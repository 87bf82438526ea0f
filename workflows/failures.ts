import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureLines } from '../core/contracts/runs.js';

/** What an activity or a child failed with, in the three lines that a person can act on. */
export function failureLines(error: unknown): FailureLines {
  const cause = rootOf(error);
  if (cause instanceof ApplicationFailure) {
    const detail = (cause.details?.[0] ?? {}) as Partial<FailureLines>;
    return {
      kind: cause.type ?? 'Error',
      what: detail.what ?? cause.message,
      subject: detail.subject ?? '',
      remedy: detail.remedy ?? '',
    };
  }
  if (cause instanceof TimeoutFailure) {
    return {
      kind: 'WorkerLost',
      what: `no worker finished it in time (${cause.timeoutType})`,
      subject: '',
      remedy: 'See that a worker runs and what its log says.',
    };
  }
  return { kind: 'Error', what: cause instanceof Error ? cause.message : String(cause), subject: '', remedy: '' };
}

function rootOf(error: unknown): unknown {
  let cause = error;
  while ((cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) && cause.cause !== undefined) {
    cause = cause.cause;
  }
  return cause;
}
