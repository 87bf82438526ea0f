import { SerError } from '../../core/contracts/errors.js';

/** The SerError that a promise is rejected with; fails the test when it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<SerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SerError) return error;
    throw error;
  }
  throw new Error('expected a rejection, got a result');
}
