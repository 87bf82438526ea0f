import { z } from 'zod';
import { layersText } from '../core/contracts/training.js';
import type { ChangedRecording, RunComparison } from './runComparison.js';
import { tableLines } from './table.js';

const RECORDINGS_SHOWN = 10;
const LAYER = z.object({ units: z.number(), dropout: z.number() });

/** Two runs side by side, as text. */
export function comparisonLines(comparison: RunComparison): string[] {
  const { first, second, configuration, data, skippedShards, versions, metrics, significance } = comparison;
  return [
    ...tableLines([
      ['', first, second],
      ...configuration.map(({ setting, first: one, second: other }) => [
        setting,
        typed(setting, one),
        typed(setting, other),
      ]),
      ...versions.map(({ setting, first: one, second: other }) => [setting, worded(one), worded(other)]),
      ...metrics.map(({ name, first: one, second: other }) => [name, figure(name, one), figure(name, other)]),
    ]),
    ...(configuration.length === 0 ? ['', 'configuration: the same'] : []),
    ...(versions.length === 0 ? ['versions: the same'] : []),
    '',
    ...dataLines(data),
    ...(skippedShards === undefined
      ? []
      : [...skippedLines(first, skippedShards.first), ...skippedLines(second, skippedShards.second)]),
    '',
    significance === undefined ? 'no test recordings in common' : significanceLine(first, second, significance),
  ];
}

/** A setting as one would type it, where its JSON is none that a person reads. */
function typed(setting: string, value: unknown): string {
  const layers = setting === 'training.layers' ? z.array(LAYER).safeParse(value) : undefined;
  return layers?.success === true ? layersText(layers.data) : worded(value);
}

function worded(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '-' : JSON.stringify(value);
}

function figure(name: string, value: number | undefined): string {
  if (value === undefined) return '-';
  if (name === 'count') return `${value}`;
  return name === 'logLoss' ? value.toFixed(4) : `${(100 * value).toFixed(2)} %`;
}

function dataLines({ added, removed, relabelled, same }: RunComparison['data']): string[] {
  if (added.length + removed.length + relabelled.length === 0) return [`data: the same ${same} recordings`];
  const section = (title: string, rows: readonly ChangedRecording[], words: (row: ChangedRecording) => string) =>
    rows.length === 0
      ? []
      : [
          `  ${rows.length} ${title}`,
          ...rows.slice(0, RECORDINGS_SHOWN).map((row) => `    ${words(row)}`),
          ...(rows.length > RECORDINGS_SHOWN ? [`    and ${rows.length - RECORDINGS_SHOWN} more`] : []),
        ];
  return [
    `data: ${same} recordings in common`,
    ...section('added', added, ({ path, second }) => `${path} (${second})`),
    ...section('removed', removed, ({ path, first }) => `${path} (${first})`),
    ...section('relabelled', relabelled, ({ path, first, second }) => `${path}: ${first}, now ${second}`),
  ];
}

function skippedLines(run: string, shards: string): string[] {
  return shards === '' ? [] : [`${run} went on without shards ${shards}`];
}

function significanceLine(
  first: string,
  second: string,
  { recordings, onlyFirst, onlySecond, answers: [ours, theirs], p }: NonNullable<RunComparison['significance']>,
): string {
  const single = ours === 1 && theirs === 1;
  const counts = single
    ? `of ${recordings} common test recordings only ${first} gets ${onlyFirst} right, only ${second} ${onlySecond}`
    : `of ${recordings} common test recordings ${first} gets ${onlyFirst} right under a larger share of its seeds (${ours}), ${second} ${onlySecond} (${theirs})`;
  const test = single ? "McNemar's exact test" : 'sign test over recordings';
  const verdict = p < 0.05 ? 'more than chance' : 'no more than chance can explain';
  return `${counts}: ${verdict} (${test}, p = ${p < 0.0001 ? p.toExponential(1) : p.toFixed(4)})`;
}
