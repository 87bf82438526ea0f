import { hostname } from 'node:os';
import type { Client, Connection } from '@temporalio/client';
import { SerError } from '../core/contracts/errors.js';
import { parseIdentity, TASK_QUEUES, type TaskQueue, VERSION, type WorkerIdentity } from '../core/contracts/names.js';
import { currentBuild } from '../worker/deployment.js';
import { isRunning, recordOf } from '../worker/processes.js';

/** A poller asks anew every minute; one that has not for longer is gone. */
const POLLER_STAYS_FRESH_MS = 70_000;

type Poller = {
  identity: string;
  queue: TaskQueue;
  /** Whether the server sends it work: it does so to the workers of one build only. */
  current: boolean;
};

/** What workers must have in common with the command. */
export type WorkerNeeds = {
  storeUrl: string;
  /** Names of the keys of payloads: the first writes, any of them reads. */
  keyIds: readonly string[];
};

/**
 * Makes sure that every queue is polled by a worker of this version and the current build that works on this store, and that
 * it reads what the command writes and writes what the command reads.
 *
 * @returns a line for people where others poll beside them with which not all share their keys. In a change of keys as it is
 *   meant to go, all do; a worker that has ended is listed for a while yet, so that this refuses nothing
 * @throws SerError `Unreachable` saying what polls instead
 */
export async function requireWorkers(client: Client, needs: WorkerNeeds): Promise<string | undefined> {
  const pollers = await livePollers(client);
  const isPolled = (queue: TaskQueue, fits: (poller: Poller) => boolean) =>
    pollers.some((poller) => poller.queue === queue && fits(poller));
  const worksHere = ({ identity, current }: Poller) => {
    const told = parseIdentity(identity);
    return current && told?.version === VERSION && told.storeUrl === needs.storeUrl;
  };
  const understands = (poller: Poller) => worksHere(poller) && shareKeys(parseIdentity(poller.identity)!, needs);
  const missing = Object.values(TASK_QUEUES).filter((queue) => !isPolled(queue, understands));
  if (missing.length === 0) {
    return discord([needs, ...pollers.filter(worksHere).map(({ identity }) => parseIdentity(identity)!)]);
  }

  const address = (client.connection as Connection).options.address;
  if (missing.every((queue) => isPolled(queue, worksHere))) {
    const theirs = pollers.filter((poller) => missing.includes(poller.queue) && worksHere(poller));
    const keys = new Set(theirs.map(({ identity }) => keysOf(parseIdentity(identity)!)));
    throw new SerError(
      'Unreachable',
      `the workers encrypt payloads ${[...keys].join(' or ')}, this command ${keysOf(needs)}: neither would understand the other`,
      address,
      'Set SER_PAYLOAD_KEY to what it is where the workers run, or start one with yours: `./ser worker`.',
    );
  }
  const others = [...new Set(pollers.filter(({ queue }) => missing.includes(queue)).map(describePoller))];
  throw new SerError(
    'Unreachable',
    others.length === 0
      ? `no worker polls the queue ${missing.join(', ')}`
      : `no worker of version ${VERSION} on the store ${needs.storeUrl} polls the queue ${missing.join(', ')}; there is ${others.join(', ')}`,
    address,
    'Start one with `./ser worker --make-current` (same version, same SER_STORE).',
  );
}

/** Whether every queue is polled by a fitting worker. */
export async function hasWorkers(client: Client, needs: WorkerNeeds): Promise<boolean> {
  try {
    await requireWorkers(client, needs);
    return true;
  } catch (error) {
    if (error instanceof SerError) return false;
    throw error;
  }
}

type Keys = Pick<WorkerIdentity, 'keyIds'>;

/** Whether each reads what the other writes; what is written without a key is read by everybody. */
function shareKeys(one: Keys, other: Keys): boolean {
  const reads = (reader: Keys, [first]: readonly string[]) => first === undefined || reader.keyIds.includes(first);
  return reads(one, other.keyIds) && reads(other, one.keyIds);
}

/** What it means that some do not read what others write; undefined where all understand all. */
function discord(parties: readonly Keys[]): string | undefined {
  if (parties.every((one) => parties.every((other) => shareKeys(one, other)))) return undefined;
  const keys = [...new Set(parties.map(keysOf))].join(', others ');
  return (
    `workers of these queues do not all read what the others write: some encrypt ${keys}. ` +
    'What the wrong one gets fails there and is tried again; give all of them the same SER_PAYLOAD_KEY'
  );
}

function keysOf({ keyIds }: Keys): string {
  return keyIds.length === 0 ? 'with no key' : `with the key ${keyIds[0]}`;
}

function describePoller({ identity, current }: Poller): string {
  return current ? identity : `${identity} (not of the current build)`;
}

async function livePollers(client: Client): Promise<Poller[]> {
  const build = await currentBuild({
    service: client.connection.workflowService,
    namespace: client.options.namespace,
  });
  const answers = await Promise.all(
    Object.values(TASK_QUEUES).map(async (queue) => {
      const { pollers } = await client.connection.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: queue },
        taskQueueType: queue === TASK_QUEUES.main ? 1 : 2, // workflow tasks, activity tasks
      });
      return (pollers ?? []).map((poller) => ({
        queue,
        identity: poller.identity ?? '',
        current: (poller.deploymentOptions?.buildId || undefined) === build,
        lastAccessMs: 1000 * Number(poller.lastAccessTime?.seconds ?? 0),
      }));
    }),
  );
  return answers.flat().filter(({ identity, lastAccessMs }) => {
    return Date.now() - lastAccessMs < POLLER_STAYS_FRESH_MS && !diedHere(identity);
  });
}

/** A worker of this machine that was killed stays listed for a while; its process tells better. */
function diedHere(identity: string): boolean {
  const place = / (\S+):(\d+)$/.exec(identity);
  return place?.[1] === hostname() && !isRunning(recordOf(Number(place[2])));
}
