import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { SerError } from '../core/contracts/errors.js';
import { TASK_QUEUES, VERSION } from '../core/contracts/names.js';
import { type RetrainConfig, retrainIdOf, scheduleIdOf } from '../core/contracts/retraining.js';
import type { retrain } from '../workflows/retrain.js';

/** When a schedule fires. */
export type Rhythm = { everySeconds: number } | { cron: string };

type RetrainSchedule = ScheduleOptions & {
  action: { type: 'startWorkflow'; workflowType: 'retrain'; args: Parameters<typeof retrain> };
};

/**
 * Creates a schedule, or gives the one of that name another rhythm and configuration.
 *
 * @returns whether there was one already
 * @throws SerError `BadConfig` for a cron expression that the server does not take
 */
export async function putSchedule(
  client: Client,
  config: RetrainConfig,
  rhythm: Rhythm,
  catchUpSeconds: number,
): Promise<{ updated: boolean }> {
  const options = optionsOf(config, rhythm, catchUpSeconds);
  try {
    await client.schedule.create(options);
    return { updated: false };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw refusalOf(error, rhythm);
  }
  const { scheduleId, memo, ...rest } = options;
  await client.schedule
    .getHandle(scheduleId)
    .update(({ state }) => ({ ...rest, state: { paused: state.paused, ...(state.note ? { note: state.note } : {}) } }))
    .catch((error: unknown) => {
      throw refusalOf(error, rhythm);
    });
  return { updated: memo !== undefined };
}

function optionsOf(config: RetrainConfig, rhythm: Rhythm, catchUpSeconds: number): RetrainSchedule {
  const spec =
    'cron' in rhythm
      ? { cronExpressions: [commented(rhythm.cron)] }
      : { intervals: [{ every: 1000 * rhythm.everySeconds }] };
  return {
    scheduleId: scheduleIdOf(config.schedule),
    spec,
    action: {
      type: 'startWorkflow',
      workflowType: 'retrain',
      workflowId: retrainIdOf(config.schedule),
      taskQueue: TASK_QUEUES.main,
      args: [config],
      memo: { config: config.run, version: VERSION },
      staticSummary: `schedule ${config.schedule}`,
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: 1000 * catchUpSeconds,
      pauseOnFailure: true,
    },
    memo: { store: config.run.store },
  };
}

/** The server keeps the times that an expression stands for, and of the expression itself only what is a comment. */
function commented(cron: string): string {
  return cron.includes('#') ? cron : `${cron} # cron ${cron}`;
}

function refusalOf(error: unknown, rhythm: Rhythm): unknown {
  if (!(error instanceof Error) || !('cron' in rhythm)) return error;
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  const refused = error instanceof TypeError || /INVALID_ARGUMENT|cron|invalid/i.test(`${error.message} ${cause}`);
  if (!refused) return error; // a TypeError is how the SDK, which reads the expression first, refuses one
  return new SerError(
    'BadConfig',
    `got "${rhythm.cron}": ${cause}`,
    '--cron',
    'It takes five fields, such as "0 2 * * 1".',
  );
}

/** Works on a schedule by its name. @throws SerError `BadConfig` when there is none */
export async function onSchedule<T>(
  client: Client,
  name: string,
  work: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  try {
    return await work(client.schedule.getHandle(scheduleIdOf(name)));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new SerError(
      'BadConfig',
      'there is no schedule of this name',
      name,
      'See which there are: `./ser schedule list`.',
    );
  }
}

/** What `--keep` asks for: a number of runs, or all. @throws SerError `BadConfig` naming the option */
export function keptRuns(text: string): Pick<RetrainConfig, 'keep'> {
  if (text === 'all') return {};
  if (/^[1-9]\d{0,5}$/.test(text)) return { keep: Number(text) };
  throw new SerError('BadConfig', `got "${text}"`, '--keep', 'It takes a number of runs, 1 or more, or all.');
}

/** The rhythm of a schedule in words: `every 7 d`, `cron 0 2 * * 1`. */
export function rhythmOf({ spec }: Pick<ScheduleDescription, 'spec'>): string {
  const every = (spec.intervals ?? []).map(({ every: milliseconds }) => `every ${spanOf(milliseconds / 1000)}`);
  const calendars = (spec.calendars ?? []).map(({ comment }) => comment || 'by calendar');
  return [...every, ...calendars].join(', ');
}

/** `90 s`, `12 h`, `7 d`: the largest unit that divides it. */
export function spanOf(seconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}
