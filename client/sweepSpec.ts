import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, SerError } from '../core/contracts/errors.js';
import { SEARCH_METRICS, type SearchConfig, type SearchOptions } from '../core/contracts/experiment.js';
import { gridSize } from '../core/contracts/trials.js';
import { formatRanges } from '../core/contracts/ranges.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { SPLIT_PROTOCOLS } from '../core/contracts/splits.js';
import { ORIGINAL_TRAINING, type TrainingParameters } from '../core/contracts/training.js';
import { whyUnreadable } from '../core/corpora/fileAccess.js';
import { featureSet } from '../core/features/registry.js';
import { batchOrder } from '../core/training/random.js';
import { checkSize, MOST_TRAININGS } from './experimentOptions.js';
import { runConfigOf, type RunOptions } from './runConfig.js';
import { type DrawnTrials, drawTrials, isRange, type SearchSpace, type SweepRange } from './sweepTrials.js';
import { trainingOf } from './trainingOptions.js';

/** Options of `ser run` that a trial may give another value, and what they are called in a configuration. */
const SEARCHED = {
  features: 'features',
  layers: 'layers',
  epochs: 'epochs',
  batch: 'batchSize',
  learningRate: 'learningRate',
  classWeights: 'classWeights',
  normalise: 'normalise',
  ensemble: 'ensemble',
  weightDecay: 'weightDecay',
  labelSmoothing: 'labelSmoothing',
  augment: 'augment',
} as const;

type SearchedOption = keyof typeof SEARCHED;

/** Those that a range may be given for, and what numbers they take. */
const RANGED: { [name in SearchedOption]?: 'whole' | 'real' } = {
  epochs: 'whole',
  batch: 'whole',
  ensemble: 'whole',
  learningRate: 'real',
  weightDecay: 'real',
  labelSmoothing: 'real',
};

/** Options of `ser run` that hold for all trials. */
const FIXED = [
  ...(Object.keys(SEARCHED) as SearchedOption[]),
  ...(['preset', 'split', 'seed', 'splitSeed', 'leaveOut', 'backend', 'maxRejected', 'shardsInFlight'] as const),
] as const;

/** A grid of more places than these is drawn from, not put in an order. */
const MOST_SHUFFLED = 2 ** 24;

const option = z.union([z.string(), z.number()]);
const optionsOf = <Name extends string, Value extends z.ZodType>(names: readonly Name[], value: Value) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, value])) as Record<Name, Value>);
const fixed = optionsOf(FIXED, option.optional());
const range = z.strictObject({ min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']).default('linear') });
const choices = z.union([z.array(option).min(1), range], 'it takes a list of values, or {"min", "max", "scale"}');
const searched = optionsOf(Object.keys(SEARCHED) as SearchedOption[], choices.optional());

const schema = z.strictObject({
  name: z.string(),
  data: z.union([z.string(), z.array(z.string()).min(1)]),
  labelMap: z.array(z.string()).optional(),
  base: fixed.default({}),
  search: searched,
  method: z.enum(['grid', 'random']).default('grid'),
  trials: z.int().min(1).max(MOST_TRAININGS).optional(),
  seed: z.int().min(0).default(0),
  metric: z.enum(SEARCH_METRICS).default('macroF1'),
  folds: z.int().min(2).optional(),
  seeds: z.int().min(2).optional(),
  inner: z
    .strictObject({ folds: z.int().min(2).max(20).default(3), split: z.enum(SPLIT_PROTOCOLS).optional() })
    .default({ folds: 3 }),
  stop: z.strictObject({ keep: z.number().gt(0).max(1) }).default({ keep: 0.5 }),
});

/** @throws SerError `BadConfig` for a file that cannot be read, with the reason */
export async function readSweep(file: string, workingFolder: string): Promise<string> {
  try {
    return await readFile(resolve(workingFolder, file), 'utf8');
  } catch (error) {
    throw bad(file, '', whyUnreadable(error));
  }
}

/**
 * The experiment that a sweep describes.
 *
 * @param file what the description is called in errors
 * @throws SerError `BadConfig` naming the entry of the file, what it got and what it takes
 */
export function sweepConfig(text: string, file: string, storeUrl: string, workingFolder: string): RunConfig {
  const spec = parse(text, file);
  const config = inFile(file, 'base', () => runConfigOf(runOptions(spec), storeUrl, workingFolder));
  const { metric, inner, stop } = spec;
  const { options, points } = chosenTrials(spec, searchSpace(spec, file), file);
  const search: SearchConfig = {
    options,
    points: formatRanges(points),
    metric,
    inner: { protocol: inner.split ?? config.split.protocol, folds: inner.folds },
    keep: stop.keep,
  };
  return inFile(file, 'trials', () => checkSize({ ...config, experiment: { ...config.experiment, search } }));
}

type Spec = z.output<typeof schema>;

function parse(text: string, file: string): Spec {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw bad(file, '', `is no JSON (${messageOf(error).replace(/\s+/g, ' ')})`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw bad(file, path.join('.'), message);
}

function bad(file: string, entry: string, what: string): SerError {
  return new SerError(
    'BadConfig',
    what,
    entry === '' ? file : `${file}: ${entry}`,
    'docs/experiments.md says what a sweep holds.',
  );
}

/** Names the entry of the file where the command line would name an option. */
function inFile<T>(file: string, entry: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SerError)) throw error;
    throw bad(file, `${entry}${error.subject.startsWith('--') ? ` (${error.subject})` : ''}`, error.what);
  }
}

/** As if everything that holds for all trials had been typed. */
function runOptions({ name, data, labelMap, base, folds, seeds }: Spec): RunOptions {
  const typed = Object.entries(base).filter(([, value]) => value !== undefined);
  return {
    ...{ split: 'random', seed: '0', backend: 'auto', promote: 'never', maxRejected: '5%', shardsInFlight: '32' },
    ...{ name, data: [data].flat(), onFailedShards: 'wait' },
    ...(labelMap === undefined ? {} : { labelMap }),
    ...(folds === undefined ? {} : { folds: String(folds) }),
    ...(seeds === undefined ? {} : { seeds: String(seeds) }),
    ...(Object.fromEntries(typed.map(([option, value]) => [option, String(value)])) as Partial<RunOptions>),
  };
}

/** What each option may take, every value checked. */
function searchSpace({ search }: Spec, file: string): SearchSpace {
  const space = Object.entries(search).flatMap(([name, choices]) => {
    if (choices === undefined) return [];
    const option = name as SearchedOption;
    const checked = () => (Array.isArray(choices) ? listOf(option, choices) : rangeOf(option, choices));
    return [[name, inFile(file, `search.${name}`, checked)]];
  });
  if (space.length > 0) return Object.fromEntries(space) as SearchSpace;
  throw bad(file, 'search', `names no option; it takes ${Object.keys(SEARCHED).join(', ')}`);
}

function listOf(name: SearchedOption, values: readonly (string | number)[]): unknown[] {
  const parsed = values.map((value) => valueOf(name, String(value)));
  if (new Set(parsed.map((value) => JSON.stringify(value))).size === parsed.length) return parsed;
  throw new SerError('BadConfig', 'holds a value twice');
}

function rangeOf(name: SearchedOption, { min, max, scale }: z.output<typeof range>): SweepRange {
  const numbers = RANGED[name];
  if (numbers === undefined) throw new SerError('BadConfig', 'takes a list of values, not a range');
  for (const bound of [min, max]) valueOf(name, String(bound));
  if (min >= max) throw new SerError('BadConfig', `got ${min} to ${max}: min must be below max`);
  if (scale === 'log' && min <= 0) throw new SerError('BadConfig', `got "log" from ${min}: min must be above 0`);
  return { min, max, scale, whole: numbers === 'whole' };
}

/** What a value that one could type means in a configuration; null where it means that the parameter is left out. */
function valueOf(name: SearchedOption, value: string): unknown {
  if (name === 'features') return featureSet(value).name;
  const training = trainingOf({ seed: '0', [name]: value }, ORIGINAL_TRAINING);
  return training[SEARCHED[name] as keyof TrainingParameters] ?? null;
}

/** The whole grid, or so many trials as the seed draws them. */
function chosenTrials(spec: Spec, space: SearchSpace, file: string): { options: SearchOptions; points: number[] } {
  const { options, points }: DrawnTrials =
    Object.values(space).some(isRange) || (spec.method === 'random' && gridSize(space) > MOST_SHUFFLED)
      ? drawnTrials(spec, space, file)
      : { options: space as DrawnTrials['options'], points: chosenPoints(spec, gridSize(space), file) };
  const configured = (Object.keys(options) as SearchedOption[]).map((name) => {
    const values = options[name]!;
    return [SEARCHED[name], isRange(space[name]!) ? values.map((value) => valueOf(name, String(value))) : values];
  });
  return { options: Object.fromEntries(configured) as SearchOptions, points };
}

function drawnTrials({ method, trials, seed }: Spec, space: SearchSpace, file: string): DrawnTrials {
  if (method === 'grid') throw bad(file, 'method', 'a grid takes lists of values; ranges go with "random"');
  if (trials === undefined) throw bad(file, 'trials', 'a random search takes the number of trials');
  const drawn = inFile(file, 'trials', () => drawTrials(space, trials, seed));
  if (drawn !== undefined) return drawn;
  throw bad(file, 'trials', `got ${trials}: the ranges do not hold so many combinations`);
}

/** The whole grid, or so many places of it by the order that the seed gives. */
function chosenPoints({ method, trials, seed }: Spec, size: number, file: string): number[] {
  if (method === 'grid') {
    if (trials !== undefined && trials !== size) throw bad(file, 'trials', `a grid of these values has ${size} trials`);
    if (size > MOST_TRAININGS) {
      throw bad(file, 'search', `a grid of these values has ${size} trials, and takes ${MOST_TRAININGS}`);
    }
    return Array.from({ length: size }, (_, point) => point);
  }
  if (trials === undefined) throw bad(file, 'trials', 'a random search takes the number of trials');
  if (trials > size) throw bad(file, 'trials', `got ${trials}: there are only ${size} combinations`);
  return [...batchOrder(seed, 0, size).slice(0, trials)].sort((a, b) => a - b);
}
