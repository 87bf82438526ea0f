import { z } from 'zod';
import type { HiddenLayer, TrainingParameters } from '../core/contracts/training.js';
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
  const { classWeights, normalise, ensemble, weightDecay, labelSmoothing, ...original } = preset;
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
export function parseLayers(text: string): HiddenLayer[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const match = /^(\d+)(?::(0|0?\.\d+))?$/.exec(part.trim());
    const units = Number(match?.[1]);
    if (units >= 1 && units <= 8192) return { units, dropout: Number(match?.[2] ?? 0) };
    throw badOption('layers', text, `"${part.trim()}" is no layer; it takes 256,128 or 256:0.3,128:0.2 or none`);
  });
}
