import { SerError } from '../../contracts/errors.js';
import type { SplitConfig } from '../../contracts/splits.js';
import { SPLIT_FRACTIONS } from '../../contracts/stages.js';
import type { SplitRow } from '../../contracts/utterance.js';
import { splitByGroup } from './groupSplit.js';
import type { GroupProtocol } from './groupSplit.js';
import { foldRandom, splitRandom } from './randomSplit.js';
import { PARTS, counted, distinctRecordings, groupByEmotion } from './recordings.js';
import type { SplitFractions, SplitInput } from './recordings.js';

/**
 * Puts recordings into training, validation and test by a protocol: the same for the same recordings, whatever their order.
 *
 * Where the test part is given (a fold, a corpus), it may hold a class that nothing is trained on. No model can name it, so
 * its recordings are in no part; where another choice is possible, the split is refused.
 *
 * @returns one row per distinct recording, in order of sha256
 * @throws SerError `DataRefused` for fewer than two classes, too few recordings, speakers, sentences or corpora, or a part
 *   that would be empty; `BadInput` for recordings without a speaker or sentence, or under two labels; `BadConfig` for
 *   fractions that are no shares, more folds than groups, or an unknown corpus
 */
export function makeSplit(
  rows: readonly SplitInput[],
  config: SplitConfig,
  fractions: SplitFractions = SPLIT_FRACTIONS,
): SplitRow[] {
  checkFractions(fractions);
  const distinct = distinctRecordings(rows);
  const emotions = [...groupByEmotion(distinct).keys()];
  const split = divide(distinct, config, fractions);
  const trained = new Set(split.filter(({ part }) => part === 'train').map(({ emotion }) => emotion));
  const untrained = emotions.filter((emotion) => !trained.has(emotion));
  if (untrained.length > 0 && config.fold === undefined && config.protocol !== 'corpus') {
    const what = `no ${config.protocol} of the training part has this class`;
    throw new SerError('DataRefused', what, untrained[0], `add ${config.protocol}s`);
  }
  return checkParts(split.filter(({ emotion }) => trained.has(emotion)));
}

function divide(rows: readonly SplitInput[], config: SplitConfig, fractions: SplitFractions): SplitRow[] {
  const { protocol, seed, fold } = config;
  if (protocol !== 'random')
    return splitByGroup(rows, { ...config, protocol: protocol satisfies GroupProtocol }, fractions);
  return fold === undefined ? splitRandom(rows, seed, fractions) : foldRandom(rows, seed, fold, fractions);
}

/** @throws SerError `BadConfig` unless the three are positive and add up to 1 */
function checkFractions(fractions: SplitFractions): void {
  const sum = PARTS.reduce((total, part) => total + fractions[part], 0);
  if (PARTS.every((part) => fractions[part] > 0) && Math.abs(sum - 1) < 1e-9) return;
  throw new SerError('BadConfig', `got ${JSON.stringify(fractions)}, takes three shares that add up to 1`, 'fractions');
}

function checkParts(split: SplitRow[]): SplitRow[] {
  const empty = PARTS.find((name) => split.every(({ part }) => part !== name));
  if (empty === undefined) return split;
  const what = `leaves no recording for the ${empty} part (${counted(split.length, 'recording')} in all)`;
  throw new SerError('DataRefused', what, 'split', 'add recordings, or take fewer folds');
}
