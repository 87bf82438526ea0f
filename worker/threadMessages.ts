import type { StoreOptions } from '../core/contracts/configuration.js';
import { type ErrorKind, messageOf, SerError } from '../core/contracts/errors.js';
import type { StoreUse } from '../core/store/countedStore.js';

/** What every thread of a pool is started with. */
export type ThreadSettings = {
  storeOptions?: StoreOptions | undefined;
  /** Whether it tells what each job has asked of the store. */
  countsStoreUse: boolean;
};

/** How a job ended; errors of ours lose their class between threads, so they travel as data. */
export type ThreadOutcome<T> = ({ result: T } | { error: PlainError }) & { used?: StoreUse };

/** What a thread tells of a job, and the job of itself. */
export type ThreadMessage = { started: true } | { progress: unknown } | { kept: Uint8Array };

type PlainError =
  | { kind: ErrorKind; what: string; subject: string; remedy: string; stack?: string | undefined }
  | { message: string; stack?: string | undefined };

export function plainError(error: unknown): PlainError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (!(error instanceof SerError)) return { message: messageOf(error), stack };
  return { kind: error.kind, what: error.what, subject: error.subject, remedy: error.remedy, stack };
}

export function reviveError(plain: PlainError): Error {
  const error =
    'kind' in plain ? new SerError(plain.kind, plain.what, plain.subject, plain.remedy) : new Error(plain.message);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
