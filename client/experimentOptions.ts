import { z } from 'zod';
import type { ExperimentConfig } from '../core/contracts/experiment.js';
import { trainingsOf } from '../core/contracts/trials.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { badOption, checkOptions, wholeNumber } from './optionChecks.js';
import { MOST_FOLDS } from './splitOptions.js';

/** The options that make a run an experiment, as they were typed. */
export type ExperimentOptions = { folds?: string; seeds?: string };

/** Trainings of one experiment: the history of a workflow has room for so many. */
export const MOST_TRAININGS = 500;

const schema = z.object({
  folds: wholeNumber(2, MOST_FOLDS).optional(),
  seeds: wholeNumber(2, 100).optional(),
});

/**
 * What makes a run an experiment; undefined for a run that trains once.
 *
 * @throws SerError `BadConfig` naming the option, what it got and what it takes
 */
export function experimentOf(
  options: ExperimentOptions & { fold?: string; leaveOut?: string; splitSeed?: string },
): ExperimentConfig | undefined {
  const { folds, seeds } = checkOptions(schema, options);
  if (folds !== undefined && options.fold !== undefined) {
    throw badOption('fold', options.fold, 'it is one of the folds that --folds goes through');
  }
  if (folds !== undefined && options.leaveOut !== undefined) {
    throw badOption(
      'leaveOut',
      options.leaveOut,
      'it does not go with --folds, which leaves each corpus out in its turn',
    );
  }
  if (folds === undefined && seeds === undefined) return undefined;
  return {
    ...(folds === undefined ? {} : { folds }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(options.splitSeed === undefined ? {} : { sameSplits: true }),
  };
}

/** @throws SerError `BadConfig` for more trainings than one experiment has room for */
export function checkSize(config: RunConfig): RunConfig {
  const trainings = trainingsOf(config);
  if (trainings <= MOST_TRAININGS) return config;
  const { folds = 1, seeds = 1 } = config.experiment ?? {};
  throw badOption(
    'folds',
    `${folds} x ${seeds} seeds`,
    `it would be ${trainings} trainings, and takes ${MOST_TRAININGS}`,
  );
}
