import { setTimeout as sleep } from 'node:timers/promises';
import { defaultGrpcRetryOptions, type GrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

const LONGEST_PAUSE_MS = 1000;
const ATTEMPTS = 40;

/** How calls to a server are repeated, and the end of it. */
export type CallRetries = {
  interceptor: ReturnType<typeof makeGrpcRetryInterceptor>;
  /** Returns when nothing will be repeated any more: a repetition on a closed connection would end the process. */
  end(): Promise<void>;
};

/** Repeats calls as the SDK does, more often and with shorter pauses: a server that was killed is there again in seconds. */
export function createCallRetries(): CallRetries {
  const usual = defaultGrpcRetryOptions({ maxAttempts: ATTEMPTS, maxIntervalMs: () => LONGEST_PAUSE_MS });
  let ended = false;
  let lastAt = 0;
  const options: GrpcRetryOptions = {
    retryableDecider: (attempt, status) => !ended && usual.retryableDecider(attempt, status),
    delayFunction(attempt, status) {
      const pause = usual.delayFunction(attempt, status);
      lastAt = Math.max(lastAt, performance.now() + pause);
      return pause;
    },
  };
  return {
    interceptor: makeGrpcRetryInterceptor(options),
    async end() {
      ended = true;
      const rest = lastAt - performance.now();
      if (rest > 0) await sleep(rest + 10);
    },
  };
}
