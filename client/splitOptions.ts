import { z } from 'zod';
import { SPLIT_PROTOCOLS, type SplitConfig } from '../core/contracts/splits.js';
import { badOption, checkOptions, wholeNumber } from './optionChecks.js';

/** The options about the split, as they were typed. */
export type SplitOptions = { split: string; seed: string; splitSeed?: string; fold?: string; leaveOut?: string };

/** More folds than this are no cross-validation any more. */
export const MOST_FOLDS = 100;

const schema = z.object({
  split: z.enum(SPLIT_PROTOCOLS, `it takes ${SPLIT_PROTOCOLS.slice(0, -1).join(', ')} or ${SPLIT_PROTOCOLS.at(-1)!}`),
  seed: wholeNumber(0, 2 ** 31 - 1),
  splitSeed: wholeNumber(0, 2 ** 31 - 1).optional(),
});

/** @throws SerError `BadConfig` naming the option, what it got and what it takes */
export function splitOf(options: SplitOptions): SplitConfig {
  const { split: protocol, seed, splitSeed } = checkOptions(schema, options);
  const { fold, leaveOut } = options;
  if (leaveOut !== undefined && (protocol !== 'corpus' || fold !== undefined)) {
    throw badOption('leaveOut', leaveOut, 'it goes with --split corpus, and not with --fold');
  }
  return {
    protocol,
    seed: splitSeed ?? seed,
    ...(fold === undefined ? {} : { fold: parseFold(fold) }),
    ...(leaveOut === undefined ? {} : { leaveOut }),
  };
}

/** A fold as people write it: `1/6` is the first of six. */
function parseFold(text: string): NonNullable<SplitConfig['fold']> {
  const [, number, of] = (/^(\d+)\/(\d+)$/.exec(text.trim()) ?? []).map(Number);
  if (number !== undefined && of !== undefined && number >= 1 && number <= of && of >= 2 && of <= MOST_FOLDS) {
    return { index: number - 1, of };
  }
  throw badOption('fold', text, `it takes one fold of 2 to ${MOST_FOLDS}, such as 1/6`);
}
