import { SerError } from '../../core/contracts/errors.js';

/** The SerError that some work ends with; fails the test when there is none. */
export async function failureOf(work: () => unknown): Promise<SerError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SerError) return error;
    throw error;
  }
  throw new Error('expected a SerError, got a result');
}
