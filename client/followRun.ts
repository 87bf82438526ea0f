import { join, relative } from 'node:path';
import { readAnswers } from '../activities/objects/answerTable.js';
import { readChampion } from '../activities/objects/champion.js';
import { readResults } from '../activities/objects/experimentObject.js';
import type { RunStatus } from '../core/contracts/runs.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { CommandContext } from './context.js';
import { EXIT, exitCodeOfKind } from './exitCodes.js';
import { experimentLines } from './experimentLines.js';
import { keepLocalAlive } from './localKeeper.js';
import { metricLines, rejectLines, waitingLines } from './runLines.js';
import { stageKey } from './runRecords.js';
import type { ServerLink } from './server.js';
import { failureToLines, type Terminal } from './terminal.js';
import { watchRun } from './watchRun.js';

/** What is printed of a run that has ended: a summary, its status, or nothing. */
export type FollowOutput = 'text' | 'json' | 'nothing';

/** Which run, and the line that says that it is followed. */
export type FollowedRun = { name: string; executionId: string; greeting: string };

/**
 * Follows a run until it ends, waits for somebody, or the person at the terminal leaves it, and tells what came of it.
 *
 * @returns the exit code
 */
export async function followRun(
  { name, executionId, greeting }: FollowedRun,
  link: ServerLink,
  store: ObjectStore,
  output: FollowOutput,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  terminal.say(greeting);
  try {
    const status = await watchKept(name, interruption.signal, context, link, (gone) =>
      watchRun(link.client, store, name, executionId, terminal, gone),
    );
    if (status === undefined) {
      terminal.warn(`run ${name} goes on; come back with: ./ser status ${name} --watch`);
      return EXIT.interrupted;
    }
    if (output === 'json') terminal.print(JSON.stringify(status, null, 2));
    return await conclude(status, store, link, output, terminal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Watches for as long as nothing ends unasked that cannot be started again. */
async function watchKept<T>(
  name: string,
  interrupted: AbortSignal,
  context: CommandContext,
  link: ServerLink,
  watch: (gone: AbortSignal) => Promise<T>,
): Promise<T> {
  const leaving = new AbortController();
  const gone = AbortSignal.any([interrupted, leaving.signal]);
  const watching = watch(gone);
  try {
    const kept = keepLocalAlive(context, link, name, gone);
    return await Promise.race([watching, kept.then(() => watching)]);
  } finally {
    leaving.abort();
    watching.catch(() => undefined); // what it still waits for, ends with the connection
  }
}

async function conclude(
  status: RunStatus,
  store: ObjectStore,
  { server }: ServerLink,
  output: FollowOutput,
  terminal: Terminal,
): Promise<number> {
  switch (status.state) {
    case 'awaiting-resume':
      for (const line of waitingLines(status)) terminal.warn(line);
      return EXIT.awaitingResume;
    case 'cancelled':
      terminal.warn(`ser: run ${status.name} was cancelled; what was finished is kept and will be reused`);
      return EXIT.failed;
    case 'failed':
      for (const line of failureToLines(status.failure ?? { what: 'failed', subject: status.name, remedy: '' })) {
        terminal.warn(line);
      }
      return exitCodeOfKind(status.failure?.kind ?? '');
    case 'running':
    case 'completed':
      if (output === 'text') terminal.print((await summaryLines(status, store, server.uiUrl)).join('\n'));
      return EXIT.done;
  }
}

async function summaryLines(status: RunStatus, store: ObjectStore, uiUrl: string | undefined): Promise<string[]> {
  return [
    ...(await scoreLines(status, store)),
    ...rejectLines(status),
    '',
    `  report  ${reportPath(status, store)}`,
    ...(uiUrl === undefined ? [] : [`  UI      ${uiUrl}`]),
    '',
    '  next:',
    `    ./ser status ${status.name}`,
    `    ${await nextCommand(status, store)}`,
    ...(uiUrl === undefined ? [] : ['    ./ser down']),
  ];
}

/** What one would do with the outcome: look at an experiment, try a model, by its name where `predict` uses another. */
async function nextCommand(status: RunStatus, store: ObjectStore): Promise<string> {
  const { name, config, experiment } = status;
  if (experiment !== undefined) return `./ser report ${name}`;
  const ours = (await readChampion(store))?.model === stageKey(status, 'trainModel');
  const model = ours ? '' : ` --model ${name}`;
  if (config.training.normalise === 'speaker') return `./ser predict FOLDER --one-speaker${model}`;
  return `./ser predict ${await someRecording(status, store)}${model}`;
}

/** Of an experiment, every fold and seed. */
async function scoreLines(status: RunStatus, store: ObjectStore): Promise<string[]> {
  const key = stageKey(status, 'poolTrials');
  return key === undefined ? metricLines(status) : experimentLines(status.config, await readResults(store, key));
}

/** A recording that the run was tested on, where the store is a folder; words for one otherwise. */
async function someRecording(status: RunStatus, store: ObjectStore): Promise<string> {
  const [folder, key] = [folderOf(store), stageKey(status, 'evaluateModel')];
  if (folder === undefined || key === undefined) return 'RECORDING.wav';
  const [answer] = await readAnswers(store, `evaluations/${key}`, []);
  if (answer !== undefined) {
    for await (const { key: audio } of store.list(`audio/${answer.sha256}`)) return relative('.', join(folder, audio));
  }
  return 'RECORDING.wav';
}

/** Where a person opens the report: a path for a store that is a folder, an object's address otherwise. */
function reportPath(status: RunStatus, store: ObjectStore): string {
  const key = status.stages.find(({ stage }) => stage === 'writeReport')?.key ?? '';
  const object = `reports/${key}/report.html`;
  const folder = folderOf(store);
  return folder === undefined ? `${store.url}/${object}` : relative('.', join(folder, object));
}

function folderOf({ url }: ObjectStore): string | undefined {
  return url.startsWith('file:') ? url.slice('file:'.length) : undefined;
}
