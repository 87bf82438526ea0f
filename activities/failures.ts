import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { messageOf, NON_RETRYABLE, SerError } from '../core/contracts/errors.js';
import type { FailureLines } from '../core/contracts/runs.js';

/** The one place where errors become Temporal failures: their kind decides about another attempt. */
export function withFailures<A extends unknown[], R>(activity: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await activity(...args);
    } catch (error) {
      throw failureOf(error);
    }
  };
}

function failureOf(error: unknown): Error {
  if (Context.current().cancellationSignal.aborted) return new CancelledFailure('cancelled');
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof SerError)) return error instanceof Error ? error : new Error(messageOf(error));
  const lines: FailureLines = {
    kind: error.kind,
    what: error.what,
    subject: error.subject,
    remedy: error.remedy,
  };
  return ApplicationFailure.create({
    type: error.kind,
    message: error.message,
    nonRetryable: NON_RETRYABLE.includes(error.kind),
    details: [lines],
    cause: error,
  });
}
