import { ApplicationFailure, CancelledFailure, TimeoutFailure, type WorkflowFailedError } from '@temporalio/client';
import { type ErrorKind, messageOf, SerError } from '../core/contracts/errors.js';
import type { FailureLines } from '../core/contracts/runs.js';

/** What a workflow failed with, as the activity that met it told it. */
export function workflowFailure(error: WorkflowFailedError): SerError {
  const cause = rootOf(error);
  if (cause instanceof CancelledFailure) {
    return new SerError(
      'Cancelled',
      'it was cancelled',
      '',
      'What was finished is kept: type the same again to go on.',
    );
  }
  if (cause instanceof ApplicationFailure) {
    const { what = cause.message, subject = '', remedy = '' } = (cause.details?.[0] ?? {}) as Partial<FailureLines>;
    return new SerError((cause.type ?? 'Error') as ErrorKind, what, subject, remedy, { cause: error });
  }
  if (cause instanceof TimeoutFailure) {
    return new SerError(
      'Unreachable',
      'no worker finished it in time',
      '',
      'See that a worker runs and what its log says.',
    );
  }
  return new SerError('Unreachable', messageOf(cause), '', '', { cause: error });
}

function rootOf(error: Error): unknown {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error && !(cause instanceof ApplicationFailure))
    cause = cause.cause;
  return cause;
}
