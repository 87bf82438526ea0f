import { SerError } from '../../core/contracts/errors.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { isBatchId } from '../../core/contracts/predictions.js';
import { RESUME_SIGNAL, type ResumeRequest } from '../../core/contracts/queries.js';
import { openStandingStore } from '../../core/store/open.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { followRun } from '../followRun.js';
import { recordedRun, viewOpenRun } from '../runStatus.js';
import { lackingLines } from '../searchability.js';
import { linkWithWorkers, type ServerLink, uiAddress } from '../server.js';
import { startRun, type StartedRun } from '../startRun.js';

export type ResumeOptions = { skipFailed?: boolean; detach?: boolean; output: 'text' | 'json' };

/** Goes on with a run: tells one that waits, or starts a new execution of one that ended, which reuses all it can. */
export async function resume(options: ResumeOptions, context: CommandContext, [name = '']: string[]): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  if (isBatchId(name)) {
    const remedy = 'Type the same `./ser predict --workflow` again: it goes on where it was.';
    throw new SerError('BadConfig', 'is a batch of predictions', name, remedy);
  }
  const recorded = await recordedRun(store, name);
  if (recorded === undefined) {
    throw new SerError(
      'BadConfig',
      'no run of this name is known',
      name,
      `\`./ser runs list\` says which there are in ${store.url}.`,
    );
  }
  const link = await linkWithWorkers(context, store.url);
  try {
    const { executionId, unsearchable }: Resumed =
      (await tellOpenRun(link, name, options)) ?? (await startAgain(link, recorded, options));
    for (const line of lackingLines(unsearchable)) context.terminal.say(line);
    const greeting = `resumed run ${name}${uiAddress(link, workflowIdOfRun(name))}`;
    if (options.detach !== true) {
      return await followRun({ name, executionId, greeting }, link, store, options.output, context);
    }
    context.terminal.say(greeting);
    return EXIT.done;
  } finally {
    await link.close();
  }
}

type Resumed = Pick<StartedRun, 'executionId' | 'unsearchable'>;

/** Tells a run that waits to go on; one that is at work is merely followed. Undefined when the run is not open. */
async function tellOpenRun({ client }: ServerLink, name: string, options: ResumeOptions): Promise<Resumed | undefined> {
  const open = await viewOpenRun(client, name);
  if (open === undefined) return undefined;
  if (open.status.state === 'awaiting-resume') {
    const request: ResumeRequest = { skipFailed: options.skipFailed === true };
    await client.workflow.getHandle(workflowIdOfRun(name)).signal(RESUME_SIGNAL, request);
  }
  return { executionId: open.status.executionId };
}

async function startAgain(
  { client }: ServerLink,
  recorded: NonNullable<Awaited<ReturnType<typeof recordedRun>>>,
  options: ResumeOptions,
): Promise<Resumed> {
  if (recorded.state === 'completed') {
    throw new SerError('BadConfig', 'the run is complete', recorded.name, 'Start it anew with `./ser run`.');
  }
  const config =
    options.skipFailed === true ? { ...recorded.config, onFailedShards: 'skip' as const } : recorded.config;
  return startRun(client, config, { origin: recorded.executionId });
}
