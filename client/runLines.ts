import { counted } from '../core/contracts/counted.js';
import type { ExperimentProgress, HeadlineSpread, Spread } from '../core/contracts/experiment.js';
import type { BatchStatus } from '../core/contracts/predictions.js';
import type { FetchHeartbeat, RunStatus, ShardProgress, StageState, StageStatus } from '../core/contracts/runs.js';
import { downloadText } from './downloadText.js';
import { formatDuration, STAGE_WIDTH } from './format.js';
import { filesText, type Rate, rateWords } from './rate.js';
import type { RunView, SeenRun } from './runStatus.js';
import type { Terminal } from './terminal.js';

const MARKS: Readonly<Record<StageState, string>> = {
  waiting: '·',
  running: '▸',
  reused: '=',
  done: '✓',
  failed: '✗',
  cancelled: '✗',
};

/** One finished or running stage on one line. */
export function stageLine(stage: StageStatus, { colours }: Terminal): string {
  const paint = { done: colours.green, reused: colours.cyan, failed: colours.red, cancelled: colours.red }[
    stage.state as string
  ];
  const mark = (paint ?? String)(MARKS[stage.state]);
  const took = stage.startedAt && stage.finishedAt ? secondsBetween(stage.startedAt, stage.finishedAt) : undefined;
  const key = stage.key === undefined ? '' : colours.dim(` ${stage.key.slice(0, 12)}`);
  const words = [
    `${mark} ${stage.stage.padEnd(STAGE_WIDTH)}`,
    stage.state === 'reused' ? 'reused'.padEnd(8) : (took === undefined ? '' : formatDuration(took)).padEnd(8),
    stage.note ?? '',
  ];
  return words.join(' ').trimEnd() + key;
}

/** `news` is what is to be told at once. */
type Progress = { done: number; total: number; text: string; news?: string };

const FETCHING: readonly StageStatus['stage'][] = ['fetchCorpus', 'fetchRecordings'];

/** What the beginning of a view tells of whatever goes through stages. */
type Staged = Omit<BatchStatus, 'state'> & { state: SeenRun['state'] } & Pick<RunStatus, 'experiment' | 'finishedAt'>;

/** What the running stage is at, for the line that changes: `412/1462 files, 9/24 shards, 38 files/s, 28 s left`. */
export function progressOf({
  status,
  fetching,
  extracting,
  training,
  retries,
}: RunView<Staged>): (Progress & { stage: string }) | undefined {
  const running = status.stages.find(({ state }) => state === 'running');
  if (running === undefined) return undefined;
  const retry = retries[0];
  const waiting = retry === undefined ? '' : ` (attempt ${retry.attempt} after: ${retry.lastFailure.split('\n')[0]})`;
  if (FETCHING.includes(running.stage) && fetching !== undefined) {
    return { stage: running.stage, ...fetchProgress(fetching, waiting) };
  }
  if (running.stage === 'extractFeatures' && status.shards !== undefined) {
    const { files, filesDone } = status.shards;
    const text = shardText(status.shards, extracting) + waiting;
    return { stage: running.stage, done: filesDone, total: files, text };
  }
  if ((running.stage === 'runTrials' || running.stage === 'searchTrials') && status.experiment !== undefined) {
    const { done, total } = status.experiment;
    return { stage: running.stage, done, total, text: trialText(status.experiment) + waiting };
  }
  if (running.stage === 'trainModel' && training?.last) {
    const { epoch, validationLoss, validationAccuracy } = training.last;
    const { network } = training;
    const of = network === undefined ? '' : `network ${network.number} of ${network.of}, `;
    const text = `${of}epoch ${epoch}, validation loss ${validationLoss.toFixed(3)}, accuracy ${(100 * validationAccuracy).toFixed(1)} %`;
    return { stage: running.stage, done: epoch, total: training.epochs, text: text + waiting };
  }
  return { stage: running.stage, done: 0, total: 0, text: waiting.trim() };
}

function fetchProgress(fetching: FetchHeartbeat, waiting: string): Progress {
  if ('filesDone' in fetching) {
    const { filesDone, files } = fetching;
    return { done: filesDone, total: files, text: `${filesDone}/${files} files${waiting}` };
  }
  const { done, total, note } = fetching;
  return { done, total, text: downloadText(fetching) + waiting, ...(note === undefined ? {} : { news: note }) };
}

function shardText({ total, reused, done, failed, files, filesDone }: ShardProgress, rate: Rate | undefined): string {
  const counts = [`${filesDone}/${files} files`, `${reused + done}/${total} shards`];
  const trouble = failed > 0 ? [`${failed} failed`] : [];
  return [...counts, ...trouble, ...rateWords(rate, filesText)].join(', ');
}

function trialText({ total, done, running, failed, soFar }: ExperimentProgress): string {
  const trouble = failed > 0 ? `, ${failed} failed` : '';
  return `${done} of ${total} trainings done, ${running} under way${trouble}${soFar === undefined ? '' : `; ${soFar}`}`;
}

/** The whole run as text: what `status` prints. */
export function runLines(view: RunView<SeenRun>, terminal: Terminal): string[] {
  const { status } = view;
  return [
    ...headLines(view, terminal),
    ...(status.state === 'awaiting-resume' ? waitingLines(status) : []),
    ...(status.state === 'unknown' ? unknownLines(status) : []),
    ...metricLines(status),
    ...rejectLines(status),
    ...failureLines(status),
  ];
}

/** Name, state, stages and what the running one is at. */
export function headLines(view: RunView<Staged>, terminal: Terminal): string[] {
  const { status } = view;
  const { colours } = terminal;
  const took = secondsBetween(status.startedAt, status.finishedAt ?? new Date().toISOString());
  const progress = progressOf(view);
  const id = status.workflowId === status.name ? '' : `  ${colours.dim(status.workflowId)}`;
  return [
    `${colours.bold(status.name)}  ${status.state}  ${formatDuration(took)}${id}`,
    ...status.stages.filter(({ state }) => state !== 'waiting').map((stage) => `  ${stageLine(stage, terminal)}`),
    ...(progress === undefined || progress.text === '' ? [] : [`    ${progress.text}`]),
  ];
}

export function failureLines({ failure }: Pick<RunStatus, 'failure'>): string[] {
  if (failure === undefined) return [];
  const { what, subject, remedy } = failure;
  return [
    `  failed: ${what}`,
    ...(subject === '' ? [] : [`      in: ${subject}`]),
    ...(remedy === '' ? [] : [`      do: ${remedy}`]),
  ];
}

function unknownLines({ name }: Pick<RunStatus, 'name'>): string[] {
  return [
    '  recorded as running; this server does not know it: it goes on at another one, or was lost',
    `      do: name the server that knows it (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE), or go on here: ./ser resume ${name}`,
  ];
}

/** Why a run waits, and what to type. */
export function waitingLines({
  name,
  failedShards,
  config,
}: Pick<RunStatus, 'name' | 'failedShards' | 'config'>): string[] {
  const { waitAtMostSeconds: atMost } = config;
  const limit = atMost === undefined ? '' : `, ${formatDuration(atMost)} at most`;
  return [
    `ser: run ${name} waits${limit}: ${counted(failedShards?.count ?? 0, 'shard')} stayed failed`,
    ...(failedShards?.first ?? []).map(({ shard, what }) => `  in: shard ${shard}: ${what}`),
    `  do: mend the cause, then \`./ser resume ${name}\`; or go on without them: \`./ser resume ${name} --skip-failed\``,
  ];
}

export function metricLines({ metrics, experiment }: Pick<RunStatus, 'metrics' | 'experiment'>): string[] {
  if (metrics === undefined) return [];
  const { overFolds, overSeeds } = experiment ?? {};
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const spread = (name: keyof HeadlineSpread, format: (value: number) => string) =>
    [
      ...(overSeeds === undefined ? [] : [`   seeds ${deviating(overSeeds[name], format)}`]),
      ...(overFolds === undefined ? [] : [`   folds ${deviating(overFolds[name], format)}`]),
    ].join('');
  const loss = (value: number) => value.toFixed(4);
  return [
    '',
    `  accuracy            ${percent(metrics.accuracy)}${spread('accuracy', percent)}`,
    `  balanced accuracy   ${percent(metrics.balancedAccuracy)}${spread('balancedAccuracy', percent)}`,
    `  macro F1            ${percent(metrics.macroF1)}${spread('macroF1', percent)}`,
    `  log loss            ${loss(metrics.logLoss)}${spread('logLoss', loss)}`,
    `  test ${experiment === undefined ? 'recordings' : 'answers   '}     ${metrics.count}`,
  ];
}

/** `58.21 ± 1.30 %` */
function deviating({ mean, deviation }: Spread, format: (value: number) => string): string {
  return `${format(mean).replace(' %', '')} ± ${format(deviation)}`;
}

export function rejectLines({ catalogue, rejects = [] }: Pick<RunStatus, 'catalogue' | 'rejects'>): string[] {
  if (catalogue === undefined || rejects.length === 0) return [];
  const more = catalogue.rejected - rejects.length;
  return [
    '',
    `  ${catalogue.rejected} rejected:`,
    ...rejects.map(({ path, reason }) => `    ${path}: ${reason}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1000;
}
