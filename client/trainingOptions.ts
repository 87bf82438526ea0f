import { z } from 'zod';
import {
  type Augmentation,
  AUGMENTATIONS,
  type HiddenLayer,
  type TrainingParameters,
} from '../core/contracts/training.js';
import { badOption, checkOptions, positiveNumber, properShare, wholeNumber } from './optionChecks.js';

/** The options about the network and its training, as they were typed; what is left out is the preset's. */
export type TrainingOptions = {
  seed: string;
  epochs?: string;
  batch?: string;
  learningRate?: string;
  layers?: string;
  classWeights?: string;
  normalise?: string;
  ensemble?: string;
  weightDecay?: string;
  labelSmoothing?: string;
  augment?: string;
};

const MOST_NETWORKS = 100;

const schema = z.object({
  seed: wholeNumber(0, 2 ** 31 - 1),
  epochs: wholeNumber(1, 100_000).optional(),
  batch: wholeNumber(1, 65_536).optional(),
  learningRate: positiveNumber(10).optional(),
  classWeights: z.enum(['none', 'balanced'], 'it takes none or balanced').optional(),
  normalise: z.enum(['global', 'speaker'], 'it takes global or speaker').optional(),
  ensemble: wholeNumber(1, MOST_NETWORKS).optional(),
  weightDecay: properShare().optional(),
  labelSmoothing: properShare().optional(),
});

/**
 * What was typed, over a preset. A parameter that says nothing new (no class weights, an ensemble of one) is left out, so
 * that it changes no key.
 *
 * @throws SerError `BadConfig` naming the option, what it got and what it takes
 */
export function trainingOf(options: TrainingOptions, preset: Omit<TrainingParameters, 'seed'>): TrainingParameters {
  const typed = checkOptions(schema, options);
  const { classWeights, normalise, ensemble, weightDecay, labelSmoothing, augment, ...original } = preset;
  const copies = options.augment === undefined ? augment : parseAugment(options.augment);
  return {
    ...original,
    ...(options.layers === undefined ? {} : { layers: parseLayers(options.layers) }),
    epochs: typed.epochs ?? preset.epochs,
    batchSize: typed.batch ?? preset.batchSize,
    learningRate: typed.learningRate ?? preset.learningRate,
    seed: typed.seed,
    ...((typed.classWeights ?? classWeights) === 'balanced' ? { classWeights: 'balanced' } : {}),
    ...((typed.normalise ?? normalise) === 'speaker' ? { normalise: 'speaker' } : {}),
    ...unless('ensemble', 1, typed.ensemble ?? ensemble),
    ...unless('weightDecay', 0, typed.weightDecay ?? weightDecay),
    ...unless('labelSmoothing', 0, typed.labelSmoothing ?? labelSmoothing),
    ...(copies === undefined || copies.length === 0 ? {} : { augment: copies }),
  };
}

function unless<Name extends string>(name: Name, neutral: number, value = neutral): { [name in Name]?: number } {
  return value === neutral ? {} : ({ [name]: value } as { [name in Name]?: number });
}

/**
 * Hidden layers as people write them: `256,128` or, with dropout, `256:0.3,128:0.2`; `none` is a linear model.
 *
 * @throws SerError `BadConfig` naming the layer that is none
 */
function parseLayers(text: string): HiddenLayer[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const match = /^(\d+)(?::(0|0?\.\d+))?$/.exec(part.trim());
    const units = Number(match?.[1]);
    if (units >= 1 && units <= 8192) return { units, dropout: Number(match?.[2] ?? 0) };
    throw badOption('layers', text, `"${part.trim()}" is no layer; it takes 256,128 or 256:0.3,128:0.2 or none`);
  });
}

/** The largest amount of each that still sounds like speech. */
const MOST = { noise: 100, pitch: 12, stretch: 0.5, gain: 40 } satisfies Record<Augmentation['kind'], number>;

/**
 * Altered copies as people write them: `noise:20,pitch:2,stretch:0.1,gain:6`, each kind with its amount; `none` of them.
 *
 * @throws SerError `BadConfig` naming the one that is none
 */
function parseAugment(text: string): Augmentation[] {
  if (text.trim() === 'none') return [];
  const copies = text.split(',').map((part): Augmentation => {
    const [name, number = ''] = part.trim().split(':');
    const kind = AUGMENTATIONS.find((known) => known === name);
    const amount = /^\d*\.?\d+$/.test(number) ? Number(number) : Number.NaN;
    if (kind !== undefined && amount > 0 && amount <= MOST[kind]) return { kind, amount };
    const takes = Object.entries(MOST).map(([known, most]) => `${known}:0-${most}`);
    throw badOption('augment', text, `"${part.trim()}" is no augmentation; it takes ${takes.join(', ')} or none`);
  });
  const repeated = copies.find(({ kind, amount }, index) =>
    copies.slice(0, index).some((other) => other.kind === kind && other.amount === amount),
  );
  if (repeated === undefined) return copies;
  throw badOption('augment', text, `${repeated.kind}:${repeated.amount} is there twice`);
}
