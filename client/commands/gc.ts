import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { beginCollection, type Collection } from '../../activities/objects/collection.js';
import { SerError } from '../../core/contracts/errors.js';
import { saysOpen } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore } from '../../core/store/open.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { findGarbage, type Garbage, neededUnits, removeGarbage } from '../garbage.js';
import { parseDuration } from '../runConfig.js';
import { listRuns, openWorkflows, recordedRuns } from '../runRecords.js';
import { linkIfAny } from '../server.js';
import { tableLines } from '../table.js';

export type GcOptions = { delete?: boolean; grace: string; predictions?: string; output: 'text' | 'json' };

/** While things are removed, it is looked so often whether a run has started. */
const LOOK_EVERY_MS = 2000;
/** A server tells of a run some moments after its start. */
const LISTED_WITHIN_MS = 2000;

/** Removes what no run, schedule or champion needs; without `--delete` it only says what that is. */
export async function gc(options: GcOptions, context: CommandContext): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const limits = limitsOf(options);
  const link = await linkIfAny(context);
  try {
    const found =
      options.delete === true
        ? await collect(store, link?.client, limits)
        : {
            garbage: await findIn(store, limits),
            leftovers: await store.leftovers(limits.beforeMs, false),
          };
    report(found, options, context);
    return EXIT.done;
  } finally {
    await link?.close();
  }
}

/** What was written before, in milliseconds since 1970, may go. */
type Limits = { beforeMs: number; predictionsBeforeMs?: number };

/** Predictions of a batch that has just ended have the grace of all else. */
function limitsOf({ grace, predictions }: GcOptions): Limits {
  const before = (option: string, span: string) => Date.now() - 1000 * parseDuration(option, span);
  const beforeMs = before('--grace', grace);
  if (predictions === undefined) return { beforeMs };
  return { beforeMs, predictionsBeforeMs: Math.min(beforeMs, before('--predictions', predictions)) };
}

async function findIn(store: ObjectStore, { beforeMs, predictionsBeforeMs }: Limits): Promise<Garbage[]> {
  return findGarbage(store, await neededUnits(store), beforeMs, predictionsBeforeMs);
}

type Found = { garbage: Garbage[]; leftovers: { count: number; sizeBytes: number } };

/** Finds out what nothing needs once no run can begin any more, and removes it. */
async function collect(store: ObjectStore, client: Client | undefined, limits: Limits): Promise<Found> {
  await refuseWhileRunsGoOn(store, client);
  const collection = await beginCollection(store);
  try {
    if (client !== undefined) await sleep(LISTED_WITHIN_MS);
    await refuseWhileRunsGoOn(store, client);
    if (client !== undefined) await refuseForUnknownRuns(store, client);
    const garbage = await findIn(store, limits);
    const leftovers = await store.leftovers(limits.beforeMs, true);
    await removeAll(store, garbage, client, collection);
    return { garbage, leftovers };
  } finally {
    await collection.end();
  }
}

async function removeAll(
  store: ObjectStore,
  garbage: readonly Garbage[],
  client: Client | undefined,
  collection: Collection,
): Promise<void> {
  let looked = 0;
  for (const unit of garbage) {
    if (Date.now() - looked > LOOK_EVERY_MS) {
      await collection.renew();
      await refuseWhileRunsGoOn(store, client);
      looked = Date.now();
    }
    await removeGarbage(store, unit);
  }
}

/**
 * A run that goes on may reuse any moment what nothing needs by now.
 *
 * @param client without it, runs are open that their records say are
 */
async function refuseWhileRunsGoOn(store: ObjectStore, client: Client | undefined): Promise<void> {
  const open =
    client === undefined
      ? (await recordedRuns(store)).filter(saysOpen).map(({ workflowId }) => workflowId)
      : (await openWorkflows(client))
          .filter((workflow) => workflow.store === undefined || workflow.store === store.url)
          .map(({ workflowId }) => workflowId);
  if (open.length === 0) return;
  throw new SerError(
    'BadConfig',
    client === undefined
      ? 'nothing is removed: runs may go on, and no server tells'
      : 'nothing more is removed while runs go on that could use it',
    open.slice(0, 3).join(', '),
    client === undefined ? 'Start the server, which knows: `./ser up`.' : 'Wait for them, or cancel them.',
  );
}

/**
 * A run that this server does not know may go on at another one.
 *
 * @throws SerError `BadConfig` naming such runs
 */
export async function refuseForUnknownRuns(store: ObjectStore, client: Client): Promise<void> {
  const unknown = (await listRuns(store, client)).filter(({ state }) => state === 'unknown').map(({ name }) => name);
  if (unknown.length === 0) return;
  const remedy = 'goes on with it here, and `./ser runs delete RUN` forgets it.';
  throw new SerError(
    'BadConfig',
    'nothing is removed: it is recorded as running, and this server does not know it',
    `run ${unknown.slice(0, 3).join(', ')}`,
    `Name the server that does (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE). If it was lost, \`./ser resume RUN\` ${remedy}`,
  );
}

function report(
  { garbage, leftovers }: Found,
  { output, delete: removed }: GcOptions,
  { terminal }: CommandContext,
): void {
  if (output === 'json') {
    terminal.print(JSON.stringify({ removed: removed === true, garbage, leftovers }, null, 2));
    return;
  }
  const kinds = [...new Set(garbage.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const ofKind = garbage.filter((unit) => unit.kind === kind);
    return [kind, `${ofKind.length}`, megabytes(ofKind.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))];
  });
  if (leftovers.count > 0) rows.push(['unfinished writes', `${leftovers.count}`, megabytes(leftovers.sizeBytes)]);
  if (rows.length === 0) {
    terminal.print('nothing to remove');
    return;
  }
  terminal.print(
    tableLines([[removed === true ? 'removed' : 'to be removed', 'count', 'MB'], ...rows], [1, 2]).join('\n'),
  );
  if (removed !== true) terminal.say('nothing was removed yet; do it by: ./ser gc --delete');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
