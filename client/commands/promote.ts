import { challengerOf } from '../../activities/objects/challenger.js';
import { type Champion, crowned, dethroned, replaceChampion } from '../../activities/objects/champion.js';
import { SerError } from '../../core/contracts/errors.js';
import { readManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore } from '../../core/store/open.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { requireRun, stageKey } from '../runRecords.js';

export type PromoteOptions = { rollback?: boolean };

/** Makes the model of a run the champion, or the one before the current champion champion again. */
export async function promote(options: PromoteOptions, context: CommandContext, [name]: string[]): Promise<number> {
  if ((name === undefined) === (options.rollback !== true)) {
    throw new SerError(
      'BadConfig',
      'takes either the name of a run or --rollback',
      'promote',
      'See which there are: `./ser runs list`.',
    );
  }
  const store = await openStandingStore(context.configuration.store);
  const words = name === undefined ? await rollBack(store) : await promoteRun(store, name);
  context.terminal.print(words);
  return EXIT.done;
}

/** @returns what was done, in words */
export async function promoteRun(store: ObjectStore, name: string): Promise<string> {
  const run = await requireRun(store, name);
  const [plan, split, model] = (['planShards', 'splitUtterances', 'trainModel'] as const).map((stage) =>
    stageKey(run, stage),
  );
  if (plan === undefined || split === undefined || model === undefined || run.state !== 'completed') {
    throw new SerError('BadConfig', `has no finished model (${run.state})`, `run ${name}`);
  }
  await requireModel(store, { run: name, model });
  const next = await challengerOf(store, { run: name, plan, split, model }, 'by hand');
  let before: Champion | undefined;
  await replaceChampion(store, (current) => {
    before = current;
    return Promise.resolve(current?.model === model ? undefined : crowned(next, current));
  });
  if (before?.model === model) return `${before.run} is champion already, with the same model`;
  return `${name} is champion${before === undefined ? '' : `, after ${before.run}`}`;
}

/** @returns what was done, in words */
export async function rollBack(store: ObjectStore): Promise<string> {
  let words = '';
  await replaceChampion(store, async (current) => {
    const previous = current && dethroned(current);
    if (current === undefined || previous === undefined) {
      throw new SerError('BadConfig', 'there is no champion before this one', store.url);
    }
    await requireModel(store, previous);
    words = `${previous.run} is champion again, after ${current.run}`;
    return previous;
  });
  return words;
}

async function requireModel(store: ObjectStore, { run, model }: Pick<Champion, 'run' | 'model'>): Promise<void> {
  if ((await readManifest(store, `models/${model}`)) !== undefined) return;
  throw new SerError('Incompatible', 'its model is not in the store any more', `run ${run}`, 'Run it again.');
}
