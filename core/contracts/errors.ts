/**
 * What went wrong, as far as anybody has to act differently on it.
 *
 * - `BadInput`: a recording or a table that cannot be used; never retried.
 * - `BadConfig`: an option or a combination of options that makes no sense; never retried.
 * - `Incompatible`: two things of different versions or feature sets; never retried.
 * - `DataRefused`: nothing usable is left, or more rejects than the limit allows; never retried.
 * - `StoreUnavailable`: the object store did not answer or did not take a write; retried.
 * - `Unreachable`: no Temporal server, no worker polls the queue, or a server of recordings is away; retried.
 * - `Cancelled`: somebody asked for the end of it.
 */
export type ErrorKind =
  'BadInput' | 'BadConfig' | 'Incompatible' | 'DataRefused' | 'StoreUnavailable' | 'Unreachable' | 'Cancelled';

/** The kinds that another attempt cannot mend. */
export const NON_RETRYABLE: readonly ErrorKind[] = ['BadInput', 'BadConfig', 'Incompatible', 'DataRefused'];

/** An error a person can act on: what happened, to what, and what to do about it. */
export class SerError extends Error {
  override readonly name = 'SerError';

  /**
   * @param kind decides about retries and the exit code
   * @param what what happened, in half a sentence ("the file ends 512 bytes before its header says")
   * @param subject the file, option, object or address concerned; never holds credentials
   * @param remedy what to do about it; empty when nothing can be said
   */
  constructor(
    readonly kind: ErrorKind,
    readonly what: string,
    readonly subject = '',
    readonly remedy = '',
    options?: ErrorOptions,
  ) {
    super(subject === '' ? what : `${subject}: ${what}`, options);
  }
}

/** The words of any thrown value, for places that have to print what they did not expect. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
