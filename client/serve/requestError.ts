import { messageOf, SerError } from '../../core/contracts/errors.js';

/** Why a request got no answer: an HTTP status, and what its body says. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  /** @param retryAfterSeconds when asking again makes sense */
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** What goes back for any failure. What is not a request's own fault is not told to whoever sent it. */
export function requestErrorOf(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof SerError && error.kind === 'BadInput') return new RequestError(422, 'BadInput', error.what);
  if (error instanceof SerError && error.kind === 'BadConfig')
    return new RequestError(400, 'BadRequest', messageOf(error));
  return new RequestError(500, 'Internal', 'the server could not answer; its log tells more');
}
