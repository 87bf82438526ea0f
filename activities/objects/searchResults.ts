import { type Choice, type SearchConfig, type SearchResults, spreadOfValues } from '../../core/contracts/experiment.js';
import { rankTrials } from '../../core/contracts/trials.js';

/** What a search saw of every trial over all repetitions, the preferred one first. */
export function searchResults(
  search: SearchConfig,
  choices: readonly Choice[],
  intervals: ReadonlyMap<number, { low: number; high: number }>,
): SearchResults {
  const trials = rankTrials(choices, search).map(({ point, scores }) => {
    const known = scores.filter((score) => score !== undefined);
    const interval = intervals.get(point);
    return {
      point,
      folds: known.length,
      ...(known.length === 0 ? {} : { score: spreadOfValues(known) }),
      ...(interval === undefined ? {} : { interval }),
      failed: scores.length - known.length,
      chosenBy: choices.filter(({ chosen }) => chosen === point).length,
    };
  });
  return { trials, chosen: trials[0]!.point, innerFolds: search.inner.folds * choices.length };
}
