import { basename } from 'node:path';
import { z } from 'zod';
import { SerError } from '../core/contracts/errors.js';
import { isRunName } from '../core/contracts/names.js';
import { PRESET_NAMES, PRESETS } from '../core/contracts/presets.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { absoluteSpec } from '../core/corpora/dataSpec.js';
import { parseLabelMap } from '../core/corpora/labelMap.js';
import { checkSize, experimentOf, type ExperimentOptions } from './experimentOptions.js';
import { checkOptions, wholeNumber } from './optionChecks.js';
import { splitOf, type SplitOptions } from './splitOptions.js';
import { trainingOf, type TrainingOptions } from './trainingOptions.js';

/** The options of `ser run`, as they were typed. */
export type RunOptions = SplitOptions &
  TrainingOptions &
  ExperimentOptions & {
    data: string[];
    labelMap?: string[];
    name?: string;
    preset?: string;
    features?: string;
    backend: string;
    promote: string;
    maxRejected: string;
    shardsInFlight: string;
    onFailedShards: string;
    waitAtMost?: string;
  };

const schema = z.object({
  preset: z.enum(PRESET_NAMES, `it takes ${PRESET_NAMES.join(' or ')}`).default('original'),
  promote: z.enum(['better', 'higher', 'always', 'never'], 'it takes better, higher, always or never'),
  shardsInFlight: wholeNumber(1, 1000),
  onFailedShards: z.enum(['wait', 'skip', 'fail'], 'it takes wait, skip or fail'),
});

/**
 * The configuration of a run, checked.
 *
 * @param workingFolder what relative paths of data are relative to
 * @throws SerError `BadConfig` naming the option, what it got and what it takes
 */
export function runConfigOf(options: RunOptions, storeUrl: string, workingFolder: string): RunConfig {
  const values = checkOptions(schema, options);
  const sources = options.data.map((source) => absoluteSpec(source, workingFolder));
  const experiment = experimentOf(options);
  const preset = PRESETS[values.preset];
  return checkSize({
    name: checkedName(options.name ?? defaultName(sources)),
    store: storeUrl,
    data: {
      sources,
      maxRejected: parseShare('--max-rejected', options.maxRejected),
      ...(options.labelMap === undefined ? {} : { labelMap: parseLabelMap(options.labelMap) }),
    },
    ...(values.preset === 'original' ? {} : { preset: values.preset }),
    features: { set: options.features ?? preset.features },
    split: splitOf(options),
    training: trainingOf(options, preset.training),
    backend: options.backend,
    promote: values.promote,
    shardsInFlight: values.shardsInFlight,
    onFailedShards: values.onFailedShards,
    ...(options.waitAtMost === undefined
      ? {}
      : { waitAtMostSeconds: parseDuration('--wait-at-most', options.waitAtMost) }),
    ...(experiment === undefined ? {} : { experiment }),
  });
}

function checkedName(name: string): string {
  if (isRunName(name)) return name;
  throw new SerError(
    'BadConfig',
    'is no name for a run',
    name,
    'Use letters, digits, ".", "_" and "-", at most 60 of them, the first a letter or a digit; not -extract at the end.',
  );
}

/** Corpus and date: `ravdess-2026-03-01`. */
function defaultName(sources: readonly string[]): string {
  const words = sources.map((source) =>
    basename(source)
      .replace(/\.[a-z0-9]+$/i, '')
      .replace(/[^A-Za-z0-9]+/g, '-'),
  );
  const corpus = words
    .join('-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 40);
  return `${corpus || 'run'}-${new Date().toISOString().slice(0, 10)}`;
}

/**
 * A share as people write it: `5%`, `5 %` or `0.05`.
 *
 * @throws SerError `BadConfig` naming the option
 */
export function parseShare(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new SerError('BadConfig', `got "${text}"`, option, 'It takes a share such as 5% or 0.05.');
}

const SECONDS_PER = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A span of time as people write it: `90s`, `30m`, `12h`, `7d`; in seconds.
 *
 * @throws SerError `BadConfig` naming the option
 */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  const seconds = match === null ? 0 : Number(match[1]) * SECONDS_PER[match[2] as keyof typeof SECONDS_PER];
  if (seconds > 0) return seconds;
  throw new SerError('BadConfig', `got "${text}"`, option, 'It takes a span such as 90s, 30m, 12h or 7d.');
}
