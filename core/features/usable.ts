import { SerError } from '../contracts/errors.js';

/** Larger samples are no audio; their powers would leave single precision. */
export const LARGEST_SAMPLE = 1e12;

/**
 * @param verdict of the kernel `examine` with `LARGEST_SAMPLE`
 * @throws SerError `BadInput` for silence, and for samples that are not finite or too large
 */
export function assertUsable(verdict: number): void {
  if (verdict === 1) return;
  throw verdict === 0
    ? new SerError('BadInput', 'the recording is digital silence: every sample is zero', '', 'leave the recording out')
    : new SerError('BadInput', `there are samples that are not finite or beyond ${LARGEST_SAMPLE}`);
}
