import { type ErrorKind, SerError } from '../core/contracts/errors.js';

/** What the process ends with; scripts rely on it. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  dataRefused: 4,
  awaitingResume: 5,
  interrupted: 130,
} as const;

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  BadInput: EXIT.dataRefused,
  DataRefused: EXIT.dataRefused,
  BadConfig: EXIT.usage,
  Incompatible: EXIT.usage,
  StoreUnavailable: EXIT.unreachable,
  Unreachable: EXIT.unreachable,
  Cancelled: EXIT.failed,
};

/** The exit code of a kind of error; also for kinds that only Temporal knows. */
export function exitCodeOfKind(kind: string): number {
  return BY_KIND[kind as ErrorKind] ?? EXIT.failed;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof SerError ? exitCodeOfKind(error.kind) : EXIT.failed;
}
