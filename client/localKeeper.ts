import { setTimeout as sleep } from 'node:timers/promises';
import { SerError } from '../core/contracts/errors.js';
import { runningServer, startServer, wasStopped as serverWasStopped } from '../worker/localServer.js';
import { lastWorker, runningWorker, startLocalWorker } from '../worker/localWorker.js';
import { withStartLock } from '../worker/startLock.js';
import type { CommandContext } from './context.js';
import type { ServerLink } from './server.js';

const LOOK_EVERY_MS = 500;
const RESTARTS_AT_MOST = 5;
/** `ser down` and a change of builds stop first and start afterwards. */
const STOP_IS_MEANT_AFTER_MS = 5000;

/**
 * Starts the local server and the local worker again when they die while somebody follows a run, a few times each. Servers
 * and workers of others are left alone.
 *
 * @param gone ends it
 * @throws SerError `Unreachable` when one of them dies too often, does not come up, or was stopped by somebody
 */
export async function keepLocalAlive(
  context: CommandContext,
  { server }: ServerLink,
  run: string,
  gone: AbortSignal,
): Promise<void> {
  if (!server.local) return;
  const { home, configuration, environment, terminal } = context;
  const keepsWorker = runningWorker(home) !== undefined;
  const deaths = { server: 0, worker: 0 };
  let stoppedSince: number | undefined;

  while (await pause(gone)) {
    if (runningServer(home) === undefined) {
      if (serverWasStopped(home)) {
        stoppedSince ??= performance.now();
        if (performance.now() - stoppedSince > STOP_IS_MEANT_AFTER_MS) throw stoppedBySomebody(home.serverFile, run);
        continue;
      }
      announce('server', ++deaths.server, home.logs);
      const revived = await withStartLock(home, () => startServer(home, environment, () => undefined));
      if (revived.address !== server.options.address) throw movedElsewhere(revived.address, run);
    }
    stoppedSince = undefined;
    if (keepsWorker && runningWorker(home) === undefined && lastWorker(home)?.stoppedAt === undefined) {
      announce('worker', ++deaths.worker, lastWorker(home)?.log ?? home.logs);
      await withStartLock(home, async () => {
        if (runningWorker(home) === undefined) await startLocalWorker(home, configuration, environment);
      }).catch(tryLater);
    }
  }

  function announce(what: 'server' | 'worker', times: number, log: string): void {
    if (times > RESTARTS_AT_MOST) {
      throw new SerError(
        'Unreachable',
        `the local ${what} ended ${times} times`,
        log,
        `Its log tells why. The run goes on once it is up again: \`./ser up\`, then \`./ser status ${run} --watch\`.`,
      );
    }
    terminal.warn(
      `the local ${what} has ended unasked (log ${log}); it is started again, ${times} of ${RESTARTS_AT_MOST}`,
    );
  }
}

/** A worker that does not come up is tried again, as one that died: the server may have gone with it. */
function tryLater(error: unknown): void {
  if (!(error instanceof SerError && error.kind === 'Unreachable')) throw error;
}

/** Says whether it is still wanted afterwards. */
async function pause(gone: AbortSignal): Promise<boolean> {
  await sleep(LOOK_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
  return !gone.aborted;
}

function stoppedBySomebody(subject: string, run: string): SerError {
  const remedy = `The run goes on after \`./ser up\`; watch it by \`./ser status ${run} --watch\`.`;
  return new SerError('Unreachable', 'the local server was stopped', subject, remedy);
}

function movedElsewhere(address: string, run: string): SerError {
  const remedy = `Restart the worker too: \`./ser down\`, \`./ser up\`, then \`./ser status ${run} --watch\`.`;
  return new SerError('Unreachable', 'the local server came up at another address', address, remedy);
}
