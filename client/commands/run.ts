import { createThreadPool } from '../../worker/threadPool.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { openSource } from '../../core/corpora/openSource.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import { openStore } from '../../core/store/open.js';
import { resolveBackend } from '../../core/training/backends.js';
import type { CommandContext } from '../context.js';
import { forecastRun } from '../dryRun.js';
import { EXIT } from '../exitCodes.js';
import { followRun } from '../followRun.js';
import { createProgressLine } from '../progressLine.js';
import { runConfigOf, type RunOptions } from '../runConfig.js';
import { linkWithWorkers, uiAddress } from '../server.js';
import { startRun } from '../startRun.js';

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

  await checkWritable(store);
  const link = await linkWithWorkers(context, store.url);
  try {
    const started = await startRun(link.client, config);
    terminal.say(
      `${started.attached ? 'attached to' : 'started'} run ${config.name}${uiAddress(link, started.workflowId)}`,
    );
    if (options.detach === true) {
      terminal.print(
        options.output === 'json' ? JSON.stringify({ ...started, name: config.name }, null, 2) : config.name,
      );
      return EXIT.done;
    }
    return await followRun(config.name, started.executionId, link, store, options.output, terminal);
  } finally {
    await link.close();
  }
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
