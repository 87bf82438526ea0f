import { readResults } from '../../activities/objects/experimentObject.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import { openStore } from '../../core/store/open.js';
import { resolveBackend } from '../../core/training/backends.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { sweepCsv, sweepLines } from '../experimentLines.js';
import { followRun } from '../followRun.js';
import { requireRun, stageKey } from '../runRecords.js';
import { lackingLines } from '../searchability.js';
import { linkWithWorkers, uiAddress } from '../server.js';
import { startRun } from '../startRun.js';
import { readSweep, sweepConfig } from '../sweepSpec.js';

export type SweepOptions = { detach?: boolean; output: 'text' | 'json' | 'csv' };

/** Searches among the settings that a file describes, and prints what came of every trial. */
export async function sweep(options: SweepOptions, context: CommandContext, [file = '']: string[]): Promise<number> {
  const { terminal, configuration, workingFolder } = context;
  const text = await readSweep(file, workingFolder);
  const store = await openStore(configuration.store);
  const config = sweepConfig(text, file, store.url, workingFolder);
  if (configuration.temporal.address === undefined) await resolveBackend(config.backend);
  await checkWritable(store);
  const link = await linkWithWorkers(context, store.url);
  try {
    const { executionId, workflowId, attached, unsearchable } = await startRun(link.client, config);
    for (const line of lackingLines(unsearchable)) terminal.say(line);
    const greeting = `${attached ? 'attached to' : 'started'} sweep ${config.name}${uiAddress(link, workflowId)}`;
    if (options.detach === true) {
      terminal.say(greeting);
      terminal.print(config.name);
      return EXIT.done;
    }
    const followed = { name: config.name, executionId, greeting };
    const output = options.output === 'text' ? 'text' : 'nothing';
    const code = await followRun(followed, link, store, output, context);
    const run = await requireRun(store, config.name);
    if (code !== EXIT.done || run.executionId !== executionId) return code;
    terminal.print((await resultLines(run, options.output)).join('\n'));
    return code;
  } finally {
    await link.close();
  }

  async function resultLines(run: RunStatus, output: SweepOptions['output']): Promise<string[]> {
    const results = await readResults(store, stageKey(run, 'poolTrials') ?? '');
    if (output === 'json') return [JSON.stringify({ ...run, results }, null, 2)];
    return output === 'csv' ? sweepCsv(config.experiment!.search!, results) : sweepLines(config, results);
  }
}
