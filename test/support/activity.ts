import type { Logger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';

const silent = () => undefined;
const silentLogger: Logger = {
  log: silent,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
};

/** Where an activity runs without a server; it remembers the details of every heartbeat. */
export type ActivityRun = {
  beats: unknown[];
  cancel(): void;
  /** Called at each heartbeat. */
  onBeat(listener: () => void): void;
  run<T>(work: () => Promise<T>): Promise<T>;
};

export function createActivityRun(): ActivityRun {
  const environment = new MockActivityEnvironment({}, { logger: silentLogger });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  return {
    beats,
    cancel: () => environment.cancel(),
    onBeat: (listener) => void environment.on('heartbeat', listener),
    run: <T>(work: () => Promise<T>) => environment.run<[], T, () => Promise<T>>(work),
  };
}
