import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Activities } from '../core/contracts/activities.js';
import { isRunOf } from '../core/contracts/retraining.js';
import { type RunStatus, saysOpen } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { Dependencies } from './dependencies.js';
import { readChampion } from './objects/champion.js';
import { parseJson } from './objects/stageOutput.js';

/**
 * Deletes the records of a schedule's runs that ended before its `keep` newest completed ones. Champions stay, also those that
 * can be gone back to, and so do runs that have not ended: a record that says so while the server knows better was lost with an
 * earlier server, and goes. Objects stay until `gc` finds that nothing needs them.
 */
export function forgetRuns(
  { store }: Pick<Dependencies, 'store'>,
  goesOn: (run: RunStatus) => Promise<boolean> = serverSaysOpen,
): Activities['forgetRuns'] {
  return async ({ schedule, keep }) => {
    const runs = await runsOf(store, schedule);
    const completed = runs.filter(({ state }) => state === 'completed');
    const oldestKept = completed[keep - 1];
    if (oldestKept === undefined) return [];
    const champions = await namesOfChampions(store);
    const forgotten: string[] = [];
    for (const run of runs.slice(runs.indexOf(oldestKept) + 1)) {
      if (champions.has(run.name) || (saysOpen(run) && (await goesOn(run)))) continue;
      await store.delete(`runs/${run.name}.json`);
      forgotten.push(run.name);
    }
    return forgotten;
  };
}

async function serverSaysOpen({ workflowId }: RunStatus): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The runs of a schedule, the newest first: their names hold when they began. */
async function runsOf(store: ObjectStore, schedule: string): Promise<RunStatus[]> {
  const runs: RunStatus[] = [];
  for await (const { key } of store.list(`runs/${schedule}-`)) {
    if (!isRunOf(schedule, key.replace(/^runs\/|\.json$/g, ''))) continue;
    const bytes = await store.get(key);
    if (bytes !== undefined) runs.push(parseJson<RunStatus>(bytes));
  }
  return runs.sort((a, b) => (a.name < b.name ? 1 : -1));
}

async function namesOfChampions(store: ObjectStore): Promise<Set<string>> {
  const champion = await readChampion(store);
  return new Set(champion === undefined ? [] : [champion, ...(champion.history ?? [])].map(({ run }) => run));
}
