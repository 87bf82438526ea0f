import { Context } from '@temporalio/activity';

const INTERVAL_MS = 1000;

/** What an activity that outlives some seconds works under. */
export type Heart = {
  /** Aborted when somebody cancels the activity or the worker shuts down. */
  signal: AbortSignal;
  /** What the next heartbeat carries; the client reads it from the pending activity. */
  report: (details: unknown) => void;
};

/** Runs some work and tells the server every second that it is alive and how far it is. */
export async function beating<T>(work: (heart: Heart) => Promise<T>): Promise<T> {
  const context = Context.current();
  let details: unknown;
  const timer = setInterval(() => context.heartbeat(details), INTERVAL_MS);
  const heart: Heart = {
    signal: context.cancellationSignal,
    report: (latest) => {
      details = latest;
      context.heartbeat(details); // the SDK thins them out
    },
  };
  try {
    context.heartbeat(details);
    return await work(heart);
  } finally {
    clearInterval(timer);
  }
}
