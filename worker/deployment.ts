import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ConnectionLike } from '@temporalio/client';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { messageOf } from '../core/contracts/errors.js';
import { VERSION } from '../core/contracts/names.js';

/** What the server knows the workers of this program by, whatever their build. */
const DEPLOYMENT = 'ser';

/** As gRPC numbers them. */
const STATUS = { deadlineExceeded: 4, notFound: 5, resourceExhausted: 8, unimplemented: 12, unavailable: 14 } as const;

/** What a server says that is busy or away for the moment. */
const PASSING: readonly unknown[] = [STATUS.deadlineExceeded, STATUS.resourceExhausted, STATUS.unavailable];

const TRY_EVERY_MS = 200;
const TRY_AT_LEAST_EVERY_MS = 5000;

/** Where deployments are asked about; connections of clients and of workers alike. */
export type DeploymentLink = { service: ConnectionLike['workflowService']; namespace: string };

/** Names the code that a worker runs: the program's version and, of a built one, a hash of all that was built. */
export function buildId(): string {
  try {
    const hash = readFileSync(fileURLToPath(new URL('../build-id', import.meta.url)), 'utf8').trim();
    return `${VERSION}+${hash}`;
  } catch {
    return VERSION;
  }
}

/** What a worker of some build is created with: open runs move on to the build that is current, at their next step. */
export function deploymentOptions(build: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName: DEPLOYMENT, buildId: build },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

/**
 * The build that the server sends all work to; others are given none.
 *
 * @returns undefined when no build was ever made current, or the server knows nothing of deployments: then work goes to
 *   whoever polls without a build
 */
export async function currentBuild({ service, namespace }: DeploymentLink): Promise<string | undefined> {
  try {
    const { workerDeploymentInfo } = await service.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || undefined;
  } catch (error) {
    if (codeOf(error) === STATUS.notFound || codeOf(error) === STATUS.unimplemented) return undefined;
    throw error;
  }
}

/** How long is tried, and who hears the server's reason whenever it changes. */
export type Trying = { onWaiting: (reason: string) => void; signal: AbortSignal };

/**
 * The same once the server can tell: it is too busy to at first where many workers start at once.
 *
 * @returns undefined, too, when the trying was ended
 */
export function currentBuildOnceKnown(link: DeploymentLink, trying: Trying): Promise<string | undefined> {
  return tryAgain(
    () => currentBuild(link),
    (error) => PASSING.includes(codeOf(error)),
    trying,
  );
}

/**
 * Has the server send all work to a build, trying until its queues are known to be polled: all of those that the
 * build before it polled, lest one be served by nobody.
 *
 * @returns whether it is current now
 */
export async function makeCurrent(
  { service, namespace }: DeploymentLink,
  build: string,
  trying: Trying,
): Promise<boolean> {
  const request = { namespace, deploymentName: DEPLOYMENT, buildId: build, identity: `ser/${VERSION}` };
  const done = await tryAgain(
    () =>
      service.setWorkerDeploymentCurrentVersion(request).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === STATUS.unimplemented) return false;
          throw error;
        },
      ),
    () => true,
    trying,
  );
  return done ?? false;
}

/** Does something until it succeeds or its failure does not pass; undefined when a signal ends the trying. */
async function tryAgain<T>(
  work: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { onWaiting, signal }: Trying,
): Promise<T | undefined> {
  let lastReason = '';
  for (let delayMs = TRY_EVERY_MS; !signal.aborted; delayMs = Math.min(1.5 * delayMs, TRY_AT_LEAST_EVERY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      const reason = messageOf(error).split('\n')[0] ?? '';
      if (codeOf(error) !== STATUS.notFound && reason !== lastReason) onWaiting((lastReason = reason));
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
