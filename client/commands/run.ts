import { createThreadPool } from '../../worker/threadPool.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { remoteSpec } from '../../core/corpora/dataSpec.js';
import { type OpenOptions, openSources } from '../../core/corpora/openSource.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import { openStore } from '../../core/store/open.js';
import { resolveBackend } from '../../core/training/backends.js';
import type { CommandContext } from '../context.js';
import { forecastRun } from '../dryRun.js';
import { EXIT } from '../exitCodes.js';
import { followRun } from '../followRun.js';
import { STAGE_WIDTH } from '../format.js';
import { createProgressLine } from '../progressLine.js';
import { licenceLines } from '../licenceLines.js';
import { remoteAccess } from '../remoteAccess.js';
import { runConfigOf, type RunOptions } from '../runConfig.js';
import { lackingLines } from '../searchability.js';
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
    await openLocalSources(config, context);
    await resolveBackend(config.backend);
  }
  if (options.dryRun === true) return await dryRun(config, store, options, context);

  await checkWritable(store);
  const link = await linkWithWorkers(context, store.url);
  try {
    const started = await startRun(link.client, config);
    const greeting = `${started.attached ? 'attached to' : 'started'} run ${config.name}${uiAddress(link, started.workflowId)}`;
    for (const line of lackingLines(started.unsearchable)) terminal.say(line);
    if (options.detach === true) {
      terminal.say(greeting);
      terminal.print(
        options.output === 'json' ? JSON.stringify({ ...started, name: config.name }, null, 2) : config.name,
      );
      return EXIT.done;
    }
    const followed = { name: config.name, executionId: started.executionId, greeting };
    return await followRun(followed, link, store, options.output, context);
  } finally {
    await link.close();
  }
}

/** Finds mistakes in what `--data` names before anything is started; what has to be downloaded is left to the run. */
async function openLocalSources({ data }: RunConfig, context: CommandContext): Promise<void> {
  if (data.sources.some((spec) => remoteSpec(spec) !== undefined)) return;
  const sources = await openSources(data.sources, sourceOptions(data, context));
  for (const line of licenceLines(sources.flatMap(({ entries }) => entries.map(({ facts }) => facts?.corpus ?? '')))) {
    context.terminal.say(line);
  }
}

function sourceOptions({ labelMap }: RunConfig['data'], context: CommandContext): OpenOptions {
  return { ...remoteAccess(context), ...(labelMap === undefined ? {} : { labelMap }) };
}

async function dryRun(
  config: RunConfig,
  store: ObjectStore,
  options: RunCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal, configuration } = context;
  const pool = createThreadPool(configuration.store, configuration.threads);
  const progress = createProgressLine(terminal);
  try {
    const sources = await openSources(config.data.sources, sourceOptions(config.data, context));
    const forecasts = await forecastRun(config, store, pool, sources, context.home.cache, ({ files, filesDone }) =>
      progress.update('looking', filesDone, files, `${filesDone}/${files} files`),
    );
    progress.clear();
    if (options.output === 'json') terminal.print(JSON.stringify(forecasts, null, 2));
    else {
      for (const { stage, reused, key, why } of forecasts) {
        terminal.print(
          `${reused ? 'reuse' : 'do   '}  ${stage.padEnd(STAGE_WIDTH)} ${key.slice(0, 12).padEnd(12)} ${why}`,
        );
      }
    }
    return EXIT.done;
  } finally {
    progress.clear();
    await pool.close();
  }
}
