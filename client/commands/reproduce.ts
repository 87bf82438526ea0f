import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SerError } from '../../core/contracts/errors.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStandingStore, openStore } from '../../core/store/open.js';
import { findHome } from '../../worker/home.js';
import { startServer, stopServer } from '../../worker/localServer.js';
import { stopLocalWorker } from '../../worker/localWorker.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { type ComparedOutput, compareOutputs, configToReproduce } from '../reproduction.js';
import { requireRun } from '../runRecords.js';
import { linkWithWorkers, type ServerLink } from '../server.js';
import { startRun } from '../startRun.js';
import { failureToLines } from '../terminal.js';
import { watchRun } from '../watchRun.js';
import { tableLines } from '../table.js';

export type ReproduceOptions = { into?: string; output: 'text' | 'json' };

/**
 * Runs a finished run again from its record, in a store and on a server of its own, and compares every output; the exit
 * code tells whether all are the same.
 */
export async function reproduce(
  options: ReproduceOptions,
  context: CommandContext,
  [name = '']: string[],
): Promise<number> {
  const store = await openStandingStore(context.configuration.store);
  const recorded = await requireRun(store, name);
  if (recorded.state !== 'completed') {
    throw new SerError('BadConfig', `is not complete (${recorded.state})`, `run ${name}`, 'Name a finished run.');
  }
  const folder =
    options.into === undefined
      ? await mkdtemp(join(tmpdir(), 'ser-reproduce-'))
      : resolve(context.workingFolder, options.into);
  try {
    const there = await contextIn(folder, context);
    const fresh = await openStore(there.configuration.store);
    const again = await runAgain(store, recorded, fresh, there);
    const outputs = await compareOutputs({ store, run: recorded }, { store: fresh, run: again });
    report(outputs, recorded, options, context);
    return outputs.every(({ same }) => same) ? EXIT.done : EXIT.failed;
  } finally {
    if (options.into === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A project in a folder of its own, which shares nothing but downloaded programs with this one. */
async function contextIn(folder: string, context: CommandContext): Promise<CommandContext> {
  await mkdir(join(folder, '.ser'), { recursive: true });
  const home = { ...findHome(folder), cache: context.home.cache };
  const store = { url: join(folder, 'store') };
  const { threads } = context.configuration;
  const ofServer = /^TEMPORAL_/;
  return {
    ...context,
    home,
    workingFolder: folder,
    configuration: { ...context.configuration, store, temporal: { namespace: 'default' }, threads },
    environment: Object.fromEntries(Object.entries(context.environment).filter(([name]) => !ofServer.test(name))),
  };
}

async function runAgain(
  store: ObjectStore,
  recorded: RunStatus,
  fresh: ObjectStore,
  there: CommandContext,
): Promise<RunStatus> {
  const { terminal, home } = there;
  try {
    const link = await linkElsewhere(there, fresh.url);
    try {
      const config = await configToReproduce(store, recorded, fresh.url);
      const { executionId } = await startRun(link.client, config);
      const never = new AbortController();
      const status = await watchRun(link.client, fresh, config.name, executionId, terminal, never.signal);
      if (status?.state === 'completed') return status;
      for (const line of failureToLines(status?.failure ?? { what: 'it ended', subject: '', remedy: '' })) {
        terminal.warn(line);
      }
      throw new SerError('DataRefused', 'could not be run again', `run ${recorded.name}`, `See ${home.logs}.`);
    } finally {
      await link.close();
    }
  } finally {
    await stopLocalWorker(home);
    await stopServer(home);
  }
}

/** The worker that is started has this command's folder, whose server is another one: it is told which one to serve. */
async function linkElsewhere(there: CommandContext, storeUrl: string): Promise<ServerLink> {
  const { address } = await startServer(there.home, there.environment, (line) => there.terminal.say(line));
  return linkWithWorkers({ ...there, environment: { ...there.environment, TEMPORAL_ADDRESS: address } }, storeUrl);
}

function report(
  outputs: readonly ComparedOutput[],
  recorded: RunStatus,
  { output }: ReproduceOptions,
  { terminal }: CommandContext,
): void {
  if (output === 'json') {
    terminal.print(JSON.stringify({ run: recorded.name, same: outputs.every(({ same }) => same), outputs }, null, 2));
    return;
  }
  const stages = [...new Set(outputs.map(({ stage }) => stage))];
  const rows = stages.flatMap((stage) => {
    const ofStage = outputs.filter((one) => one.stage === stage);
    const different = ofStage.filter(({ same }) => !same);
    return [
      [stage, `${ofStage.length}`, different.length === 0 ? 'the same' : `${different.length} differ`],
      ...different.map((one) => [
        `  ${one.output}`,
        '',
        `${one.first.slice(0, 16) || 'none'}, now ${one.second.slice(0, 16) || 'none'}`,
      ]),
    ];
  });
  terminal.print(tableLines([['stage', 'outputs', 'hashes'], ...rows], [1]).join('\n'));
  if (recorded.skippedShards !== undefined) {
    terminal.warn(`run ${recorded.name} went on without shards ${recorded.skippedShards}; they were extracted now`);
  }
}
