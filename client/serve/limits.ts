import { RequestError } from './requestError.js';

/** Lets so many requests a second through from each address; a pause saves up for a burst of two seconds. */
export type RateLimit = { take(address: string): void };

/** Addresses that have been silent for so long are forgotten. */
const FORGET_AFTER_SECONDS = 60;

/**
 * A token bucket for each address.
 *
 * @param perSecond 0: no limit
 * @param now in seconds
 */
export function createRateLimit(perSecond: number, now: () => number = () => performance.now() / 1000): RateLimit {
  const burst = Math.max(1, 2 * perSecond);
  const buckets = new Map<string, { tokens: number; at: number }>();
  let swept = now();
  return {
    take(address) {
      if (perSecond === 0) return;
      const time = now();
      if (time - swept > FORGET_AFTER_SECONDS) {
        for (const [key, { at }] of buckets) if (time - at > FORGET_AFTER_SECONDS) buckets.delete(key);
        swept = time;
      }
      const before = buckets.get(address) ?? { tokens: burst, at: time };
      const tokens = Math.min(burst, before.tokens + (time - before.at) * perSecond);
      buckets.set(address, { tokens: tokens < 1 ? tokens : tokens - 1, at: time });
      if (tokens >= 1) return;
      const wait = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw new RequestError(429, 'TooManyRequests', `more than ${perSecond} requests a second`, wait);
    },
  };
}

/** Requests that are let in: so many are worked on, so many more may wait. */
export type Gate = {
  readonly running: number;
  readonly waiting: number;
  /** @throws RequestError 503 when as many are in as may be */
  enter<T>(work: () => Promise<T>): Promise<T>;
};

/** @param threads how many are worked on at a time; those above it wait, whoever lets them */
export function createGate(threads: number, queue: number): Gate {
  let inside = 0;
  return {
    get running() {
      return Math.min(inside, threads);
    },
    get waiting() {
      return Math.max(0, inside - threads);
    },
    async enter(work) {
      if (inside >= threads + queue) throw new RequestError(503, 'Busy', `${inside} requests are under way already`, 1);
      inside += 1;
      try {
        return await work();
      } finally {
        inside -= 1;
      }
    },
  };
}
