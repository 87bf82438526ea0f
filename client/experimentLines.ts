import type { ExperimentResults, Headline, HeadlineSpread, SearchConfig } from '../core/contracts/experiment.js';
import { describePoint, settingsAt, valuesAt } from '../core/contracts/trials.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { csvLine } from './format.js';
import { nameOfBest, runCommand } from './runCommand.js';
import { tableLines } from './table.js';

/** More rows than this are left to the report. */
const LISTED = 24;

const SHARES = ['accuracy', 'balancedAccuracy', 'macroF1'] as const;

/** What came of an experiment: every fold and seed, mean and deviation, and the interval of the whole. */
export function experimentLines(config: RunConfig, results: ExperimentResults): string[] {
  const { repetitions, seeds, overFolds, overSeeds, intervals, metrics, leftOut } = results;
  const folded = config.experiment?.folds !== undefined;
  const rows = repetitions.map(({ seed, split: { fold }, chosen, metrics: scores }) => [
    fold === undefined ? `seed ${seed}` : `seed ${seed}, fold ${fold.index + 1}`,
    ...scoreCells(scores),
    chosen === undefined ? '' : describePoint(config.experiment?.search?.options ?? {}, chosen),
  ]);
  const bySeed = seeds.map(({ seed, metrics: scores }) => [`seed ${seed}, all folds`, ...scoreCells(scores), '']);
  const shown = [
    ...(rows.length <= LISTED ? rows : []),
    ...(folded && (seeds.length > 1 || rows.length > LISTED) ? bySeed : []),
  ];
  const { macro, accuracy, balancedAccuracy, logLoss, count } = metrics;
  const range = ({ low, high }: { low: number; high: number }, format: (value: number) => string) =>
    `${format(low)}-${format(high)}`;
  const table = [
    ['', 'answers', 'accuracy', 'balanced', 'macro F1', 'log loss', ''],
    ...shown,
    ...(overFolds === undefined ? [] : [spreadCells('mean ± deviation, folds', overFolds)]),
    ...(overSeeds === undefined ? [] : [spreadCells('mean ± deviation, seeds', overSeeds)]),
    ['all answers', ...scoreCells({ accuracy, balancedAccuracy, logLoss, count, macroF1: macro.f1 }), ''],
    [
      ...['95 % by speakers', ''],
      ...SHARES.map((name) => range(intervals[name], percent)),
      range(intervals.logLoss, (value) => value.toFixed(3)),
      '',
    ],
  ];
  return [
    '',
    ...tableLines(table, [1, 2, 3, 4, 5]).map((line) => `  ${line}`),
    ...(leftOut === 0
      ? []
      : [`  ${leftOut} recordings could not be tested: their fold has no training for their class`]),
  ];
}

function scoreCells(scores: Headline): string[] {
  return [`${scores.count}`, ...SHARES.map((name) => percent(scores[name])), scores.logLoss.toFixed(3)];
}

function spreadCells(label: string, spread: HeadlineSpread): string[] {
  const shares = SHARES.map((name) => `${percent(spread[name].mean)} ± ${percent(spread[name].deviation)}`);
  return [label, '', ...shares, `${spread.logLoss.mean.toFixed(3)} ± ${spread.logLoss.deviation.toFixed(3)}`, ''];
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** Every trial of a search, the preferred one first, and what to type for a model like it. */
export function sweepLines(config: RunConfig, { search: results }: ExperimentResults): string[] {
  const { search } = config.experiment ?? {};
  if (search === undefined || results === undefined) return [];
  const value = search.metric === 'logLoss' ? (score: number) => score.toFixed(3) : percent;
  const rows = results.trials.map(({ point, folds, score, interval, failed, chosenBy }) => [
    describePoint(search.options, point),
    `${folds}/${results.innerFolds}${failed > 0 ? `, ${failed} failed` : ''}`,
    score === undefined ? '' : value(score.mean),
    score === undefined ? '' : value(score.deviation),
    interval === undefined ? '' : `${value(interval.low)}-${value(interval.high)}`,
    chosenBy > 0 ? `${chosenBy}` : '',
  ]);
  const head = ['trial', 'inner folds', search.metric, '±', '95 % by speakers', 'chosen by'];
  return [
    '',
    ...tableLines([head, ...rows], [1, 2, 3, 4, 5]).map((line) => `  ${line}`),
    '',
    '  The scores of the trials are on inner folds, which chose; those above them on recordings that did not.',
    '  a model like the chosen trial:',
    `    ${bestCommand(config, results.chosen)}`,
  ];
}

function bestCommand(config: RunConfig, point: number): string {
  return runCommand({ ...config, ...settingsAt(config, point), name: nameOfBest(config.name) });
}

/** One row a trial, the preferred one first; values as they stand in a configuration. */
export function sweepCsv(search: SearchConfig, { search: results }: ExperimentResults): string[] {
  const names = Object.keys(search.options);
  const head = [
    'trial',
    ...names,
    'inner_folds',
    'of',
    search.metric,
    'deviation',
    'low',
    'high',
    'failed',
    'chosen_by',
  ];
  const rows = (results?.trials ?? []).map(({ point, folds, score, interval, failed, chosenBy }) => [
    point,
    ...Object.values(valuesAt(search.options, point)).map(cell),
    ...[
      folds,
      results!.innerFolds,
      score?.mean ?? '',
      score?.deviation ?? '',
      interval?.low ?? '',
      interval?.high ?? '',
    ],
    ...[failed, chosenBy],
  ]);
  return [head, ...rows].map(csvLine);
}

function cell(value: unknown): string | number {
  if (value === null) return 'none';
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
