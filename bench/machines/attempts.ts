import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { extractionIdOf } from '../../core/contracts/queries.js';
import type { FaultLog } from './faultLog.js';

const LOOK_EVERY_MS = 200;
/** As the API numbers them (`temporal.api.enums.v1.PendingActivityState`). */
const STARTED = 2;

/** An activity that has begun and not ended, as the server sees it. */
export type OpenActivity = {
  /** `trainModel`, `shard 12`. */
  what: string;
  name: string;
  attempt: number;
  /** Where its attempt is under way; undefined while it waits for a worker. */
  machine: string | undefined;
  heartbeat: unknown;
  /** Why the attempt before ended. */
  lastFailure: string;
};

/** Looks at the open activities of a run again and again. */
export type AttemptWatch = {
  /** Waits for a moment of the run. @throws Error when the run ends before it comes */
  until<T>(moment: string, isThere: (open: readonly OpenActivity[]) => T | undefined): Promise<T>;
  stop(): Promise<void>;
};

/** Writes every further attempt into the log: why the one before ended, and where the next one began. */
export function watchAttempts(client: Client, runId: string, log: FaultLog): AttemptWatch {
  let open: OpenActivity[] = [];
  let stopped = false;
  const seen = new Map<string, OpenActivity>();

  async function look(): Promise<void> {
    while (!stopped) {
      open = (await Promise.all([openActivities(client, runId), openActivities(client, extractionIdOf(runId))])).flat();
      for (const activity of open) {
        tell(seen.get(activity.what), activity);
        seen.set(activity.what, activity);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  function tell(before: OpenActivity | undefined, { what, attempt, machine, lastFailure }: OpenActivity): void {
    if (attempt > (before?.attempt ?? 1)) log.add(before?.machine ?? '', `${what}: ${lastFailure}`);
    const begins = machine !== undefined && (before?.machine !== machine || before.attempt !== attempt);
    if (attempt > 1 && begins) log.add(machine, `${what}: attempt ${attempt} begins`);
  }

  const looking = look();
  looking.catch(() => undefined); // told by whoever waits
  return {
    async until(moment, isThere) {
      for (;;) {
        if (stopped) throw new Error(`the run was over before ${moment}`);
        const found = isThere(open);
        if (found !== undefined) return found;
        await Promise.race([sleep(LOOK_EVERY_MS), looking]);
      }
    },
    async stop() {
      stopped = true;
      await looking;
    },
  };
}

async function openActivities(client: Client, workflowId: string): Promise<OpenActivity[]> {
  const description = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined); // not there yet
  const activities = description?.raw.pendingActivities ?? [];
  return Promise.all(
    activities.map(
      async ({ activityId, activityType, attempt, state, lastWorkerIdentity, lastFailure, heartbeatDetails }) => {
        const name = activityType?.name ?? '';
        return {
          what: name === 'extractShard' ? `shard ${Number(activityId) - 1}` : name, // they are scheduled in order
          name,
          attempt: attempt ?? 1,
          machine: Number(state) === STARTED ? machineOf(lastWorkerIdentity ?? '') : undefined,
          heartbeat: await decodeFromPayloadsAtIndex<unknown>(
            client.options.loadedDataConverter,
            0,
            heartbeatDetails?.payloads,
          ),
          lastFailure: lastFailure?.message ?? '',
        };
      },
    ),
  );
}

/** The host in a worker's identity. */
function machineOf(identity: string): string {
  return /(\S+):\d+$/.exec(identity)?.[1] ?? identity;
}
