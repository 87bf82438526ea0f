import { type Client, type ScheduleDescription, ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import { isRunName } from '../../core/contracts/names.js';
import { type RetrainConfig, type RetrainOutcome, SCHEDULE_NAME_LENGTH } from '../../core/contracts/retraining.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { openStore } from '../../core/store/open.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { parseDuration, parseShare, runConfigOf, type RunOptions } from '../runConfig.js';
import { keptRuns, onSchedule, putSchedule, type Rhythm, rhythmOf } from '../schedules.js';
import { lackingOf, searchAttributesOf } from '../searchability.js';
import { linkIfAny, linkWithWorkers, type ServerLink } from '../server.js';
import { tableLines } from '../table.js';

export type ScheduleCreateOptions = RunOptions & {
  every?: string;
  cron?: string;
  catchUp: string;
  maxDrift: string;
  onFailure?: string;
  keep: string;
};
export type ScheduleOptions = { output: 'text' | 'json' };

/** Creates a schedule, or changes the one of that name. */
export async function create(
  options: ScheduleCreateOptions,
  context: CommandContext,
  [name = '']: string[],
): Promise<number> {
  const store = await openStore(context.configuration.store);
  const config = retrainConfigOf(name, options, store.url, context);
  const rhythm = rhythmOfOptions(options);
  const catchUpSeconds = parseDuration('--catch-up', options.catchUp);
  const link = await linkWithWorkers(context, store.url);
  try {
    const searchAttributes = await searchAttributesOf(link.client);
    const { updated } = await putSchedule(link.client, { ...config, searchAttributes }, rhythm, catchUpSeconds);
    context.terminal.print(`schedule ${name} ${updated ? 'updated' : 'created'}`);
    const description = await onSchedule(link.client, name, (handle) => handle.describe());
    const lines = [...nextTimes(description), keepLine(config), ...attributeLines({ searchAttributes })];
    for (const line of lines) context.terminal.say(line);
    return EXIT.done;
  } finally {
    await link.close();
  }
}

function retrainConfigOf(
  name: string,
  options: ScheduleCreateOptions,
  storeUrl: string,
  { environment, workingFolder }: CommandContext,
): RetrainConfig {
  if (!isRunName(name) || name.length > SCHEDULE_NAME_LENGTH) {
    const remedy = `Use letters, digits, ".", "_" and "-", at most ${SCHEDULE_NAME_LENGTH} of them.`;
    throw new SerError('BadConfig', 'is no name for a schedule', name, remedy);
  }
  if (options.onFailure !== undefined) checkWebhook(options.onFailure, environment['SER_WEBHOOK_KEY']);
  const run: Partial<RunConfig> & Omit<RunConfig, 'name'> = {
    ...runConfigOf({ ...options, name }, storeUrl, workingFolder),
  };
  delete run.name;
  if (run.onFailedShards === 'wait') {
    const remedy = 'It takes skip or fail: while a run waits, the schedule skips every later firing.';
    throw new SerError('BadConfig', 'got "wait"', '--on-failed-shards', remedy);
  }
  return {
    schedule: name,
    run,
    maxDrift: parseShare('--max-drift', options.maxDrift),
    ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
    ...keptRuns(options.keep),
  };
}

function checkWebhook(address: string, key: string | undefined): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new SerError('BadConfig', 'takes an http(s) address without user and password', '--on-failure');
  }
  if ((key ?? '') !== '') return;
  const remedy = 'Set it here and where the workers run: they sign with it, and the receiver checks it.';
  throw new SerError('BadConfig', 'is needed to sign what --on-failure sends', 'SER_WEBHOOK_KEY', remedy);
}

function rhythmOfOptions({ every, cron }: ScheduleCreateOptions): Rhythm {
  if (every !== undefined && cron === undefined) return { everySeconds: parseDuration('--every', every) };
  if (cron !== undefined && every === undefined) return { cron };
  throw new SerError('BadConfig', 'takes either --every or --cron', 'schedule create', 'Such as --every 7d.');
}

/** Every schedule of ours on the server. */
export async function list({ output }: ScheduleOptions, context: CommandContext): Promise<number> {
  return withServer(context, async ({ client }) => {
    const schedules = [];
    for await (const { scheduleId, action, state, info } of client.schedule.list()) {
      const name = /^ser-schedule-(.+)$/.exec(scheduleId)?.[1];
      if (name === undefined || action?.workflowType !== 'retrain') continue;
      schedules.push({
        name,
        paused: state.paused,
        next: info.nextActionTimes[0]?.toISOString() ?? '',
        note: state.note ?? '',
      });
    }
    if (output === 'json') context.terminal.print(JSON.stringify(schedules, null, 2));
    else if (schedules.length === 0) context.terminal.say('there is no schedule');
    else {
      const rows = schedules.map(({ name, paused, next, note }) => [name, paused ? 'paused' : 'active', next, note]);
      context.terminal.print(tableLines([['schedule', 'state', 'next', 'note'], ...rows]).join('\n'));
    }
  });
}

/** Rhythm, configuration, the next three times and what came of the last firings. */
export async function describe(
  { output }: ScheduleOptions,
  context: CommandContext,
  [name = '']: string[],
): Promise<number> {
  return withServer(context, async ({ client }) => {
    const description = await onSchedule(client, name, (handle) => handle.describe());
    const { state, policies, info } = description;
    const recent = await Promise.all(
      info.recentActions.map(({ takenAt, action: { workflow } }) => firingOf(client, takenAt, workflow)),
    );
    const config = configIn(description);
    const next = info.nextActionTimes.slice(0, 3).map((time) => time.toISOString());
    if (output === 'json') {
      context.terminal.print(
        JSON.stringify({ name, rhythm: rhythmOf(description), ...state, policies, next, recent, config }, null, 2),
      );
      return;
    }
    context.terminal.print(
      [
        `${name}  ${rhythmOf(description)}  ${state.paused ? 'paused' : 'active'}${state.note ? ` (${state.note})` : ''}`,
        `  data      ${config?.run.data.sources.join(', ') ?? ''}`,
        `  overlap   ${policies.overlap?.toLowerCase() ?? 'skip'}, catch-up window ${policies.catchupWindow / 1000} s, ${policies.pauseOnFailure ? 'paused on failure' : 'goes on after failures'}`,
        `  taken     ${info.numActionsTaken}, skipped for overlap ${info.numActionsSkippedOverlap}, missed ${info.numActionsMissedCatchupWindow}`,
        ...nextTimes(description).map((line) => `  ${line}`),
        ...(config === undefined ? [] : [keepLine(config), ...attributeLines(config)].map((line) => `  ${line}`)),
        ...(recent.length === 0 ? ['  never fired'] : ['  recent, the latest last:']),
        ...tableLines(recent.map(({ at, state: became, note }) => ['   ', at, became, note])),
      ].join('\n'),
    );
  });
}

function nextTimes({ info }: ScheduleDescription): string[] {
  const times = info.nextActionTimes.slice(0, 3).map((time) => time.toISOString());
  return [`next      ${times.join('  ') || 'never'}`];
}

function keepLine({ keep }: RetrainConfig): string {
  if (keep === undefined) return 'keeps     every run';
  return `keeps     its newest ${keep} runs and champions; what only older ones needed goes by: ./ser gc --delete`;
}

function configIn({ action }: ScheduleDescription): RetrainConfig | undefined {
  const [config] = (action.type === 'startWorkflow' ? action.args : []) as [RetrainConfig?];
  return config;
}

/** A schedule keeps to what the server took when it was made: more would end its runs on a server that takes less by now. */
function attributeLines({ searchAttributes = [] }: Pick<RetrainConfig, 'searchAttributes'>): string[] {
  const lacking = lackingOf(searchAttributes);
  if (lacking.length === 0) return [];
  return [
    `lacks     the search attributes ${lacking.join(', ')}: add them (tools/register-search-attributes.mjs), then create it again`,
  ];
}

type Firing = { at: string; workflowId: string; state: string; note: string };

async function firingOf(
  client: Client,
  takenAt: Date,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<Firing> {
  const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
  const firing = { at: takenAt.toISOString(), workflowId };
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { ...firing, state: 'running', note: '' };
    const { outcome, note } = (await handle.result()) as RetrainOutcome;
    return { ...firing, state: outcome, note };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    return { ...firing, state: error instanceof WorkflowFailedError ? 'failed' : 'unknown', note: messageOf(cause) };
  }
}

export async function pause(_: unknown, context: CommandContext, [name = '']: string[]): Promise<number> {
  return withServer(context, async ({ client }) => {
    await onSchedule(client, name, (handle) => handle.pause('by hand'));
    context.terminal.print(`schedule ${name} paused`);
  });
}

export async function unpause(_: unknown, context: CommandContext, [name = '']: string[]): Promise<number> {
  return withServer(context, async ({ client }) => {
    await onSchedule(client, name, (handle) => handle.unpause('by hand'));
    context.terminal.print(`schedule ${name} goes on`);
  });
}

/** Fires once now, whether paused or not; not while a firing goes on, and its failure pauses the schedule as any. */
export async function trigger(_: unknown, context: CommandContext, [name = '']: string[]): Promise<number> {
  const store = await openStore(context.configuration.store);
  const link = await linkWithWorkers(context, store.url);
  try {
    const config = await onSchedule(link.client, name, async (handle) => {
      const description = await handle.describe();
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
      return configIn(description);
    });
    context.terminal.print(`schedule ${name} fires now; see what comes of it: ./ser schedule describe ${name}`);
    for (const line of config === undefined ? [] : attributeLines(config)) context.terminal.say(line);
    return EXIT.done;
  } finally {
    await link.close();
  }
}

/** Deletes a schedule; its runs stay. */
export async function remove(_: unknown, context: CommandContext, [name = '']: string[]): Promise<number> {
  return withServer(context, async ({ client }) => {
    await onSchedule(client, name, (handle) => handle.delete());
    const store = await openStore(context.configuration.store);
    await store.delete(`schedules/${name}.json`);
    context.terminal.print(`schedule ${name} deleted; its runs stay`);
  });
}

async function withServer(context: CommandContext, work: (link: ServerLink) => Promise<void>): Promise<number> {
  const link = await linkIfAny(context);
  if (link === undefined) {
    const remedy = 'Start ours: `./ser up`.';
    throw new SerError('Unreachable', 'no Temporal server is named, and none of our own runs here', 'schedule', remedy);
  }
  try {
    await work(link);
    return EXIT.done;
  } finally {
    await link.close();
  }
}
