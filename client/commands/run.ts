import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createThreadPool } from '../../worker/threadPool.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { openSource } from '../../core/corpora/openSource.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { resolveBackend } from '../../core/training/backends.js';
import type { CommandContext } from '../context.js';
import { forecastRun } from '../dryRun.js';
import { EXIT, exitCodeOfKind } from '../exitCodes.js';
import { createProgressLine } from '../progressLine.js';
import { runConfigOf, type RunOptions } from '../runConfig.js';
import { metricLines, rejectLines } from '../runLines.js';
import { linkWithWorkers, type ServerLink } from '../server.js';
import { startRun } from '../startRun.js';
import { failureToLines } from '../terminal.js';
import { watchRun } from '../watchRun.js';

export type RunCommandOptions = RunOptions & { dryRun?: boolean; detach?: boolean; output: 'text' | 'json' };

/** Starts a run and follows it to its end. */
export async function run(options: RunCommandOptions, context: CommandContext): Promise<number> {
  const { terminal, configuration, workingFolder } = context;
  const store = await openStore(configuration.store);
  const config = runConfigOf(options, store.url, workingFolder);
  featureSet(config.features.set);
  if (configuration.temporal.address === undefined) {
    for (const source of config.data.sources) await openSource(source);
    await resolveBackend(config.backend);
  }
  if (options.dryRun === true) return await dryRun(config, store, options, context);

  const link = await linkWithWorkers(context, store.url);
  try {
    const started = await startRun(link.client, config);
    const uiUrl =
      link.server.uiUrl && `${link.server.uiUrl}/namespaces/${link.server.namespace}/workflows/${started.workflowId}`;
    terminal.say(`${started.attached ? 'attached to' : 'started'} run ${config.name}${uiUrl ? `, ${uiUrl}` : ''}`);
    if (options.detach === true) {
      terminal.print(
        options.output === 'json' ? JSON.stringify({ ...started, name: config.name }, null, 2) : config.name,
      );
      return EXIT.done;
    }
    return await follow(config, started.executionId, link, store, options, context);
  } finally {
    await link.close();
  }
}

async function follow(
  config: RunConfig,
  executionId: string,
  link: ServerLink,
  store: ObjectStore,
  options: RunCommandOptions,
  { terminal }: CommandContext,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const status = await watchRun(link.client, store, config.name, executionId, terminal, interruption.signal);
    if (status === undefined) {
      terminal.warn(`run ${config.name} goes on; come back with: ./ser status ${config.name} --watch`);
      return EXIT.interrupted;
    }
    return conclude(status, store, link, options, { terminal });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function conclude(
  status: RunStatus,
  store: ObjectStore,
  { server }: ServerLink,
  options: RunCommandOptions,
  { terminal }: Pick<CommandContext, 'terminal'>,
): number {
  if (options.output === 'json') terminal.print(JSON.stringify(status, null, 2));
  if (status.state === 'cancelled') {
    terminal.warn(`ser: run ${status.name} was cancelled; what was finished is kept and will be reused`);
    return EXIT.failed;
  }
  if (status.failure !== undefined) {
    for (const line of failureToLines(status.failure)) terminal.warn(line);
    return exitCodeOfKind(status.failure.kind);
  }
  if (options.output === 'text') {
    terminal.print([...metricLines(status), ...rejectLines(status)].join('\n'));
    terminal.print(`\n  report  ${reportPath(status, store)}`);
    if (server.uiUrl !== undefined) terminal.print(`  UI      ${server.uiUrl}`);
    terminal.print(
      ['', '  next:', `    ./ser status ${status.name}`, '    ./ser predict RECORDING.wav', '    ./ser down'].join(
        '\n',
      ),
    );
  }
  return EXIT.done;
}

/** Where a person opens the report: a path for a store that is a folder, an object's address otherwise. */
function reportPath(status: RunStatus, store: ObjectStore): string {
  const key = status.stages.find(({ stage }) => stage === 'writeReport')?.key ?? '';
  const object = `reports/${key}/report.html`;
  return store.url.startsWith('file:') ? join(fileURLToPath(store.url), object) : `${store.url}/${object}`;
}

async function dryRun(
  config: RunConfig,
  store: ObjectStore,
  options: RunCommandOptions,
  { terminal, configuration }: CommandContext,
): Promise<number> {
  const pool = createThreadPool(configuration.store, configuration.threads);
  const progress = createProgressLine(terminal);
  try {
    const forecasts = await forecastRun(config, store, pool, ({ files, filesDone }) =>
      progress.update('looking', filesDone, files, `${filesDone}/${files} files`),
    );
    progress.clear();
    if (options.output === 'json') terminal.print(JSON.stringify(forecasts, null, 2));
    else {
      for (const { stage, reused, key, why } of forecasts) {
        terminal.print(`${reused ? 'reuse' : 'do   '}  ${stage.padEnd(16)} ${key.slice(0, 12).padEnd(12)} ${why}`);
      }
    }
    return EXIT.done;
  } finally {
    progress.clear();
    await pool.close();
  }
}
