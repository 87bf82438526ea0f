import type { Activities } from '../core/contracts/activities.js';
import { headlineOf } from '../core/contracts/experiment.js';
import { experimentSpec } from '../core/contracts/stages.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { experimentRuns } from './objects/experimentRuns.js';
import { readResults } from './objects/experimentObject.js';

/** Puts the answers of all trainings of an experiment together and measures how good they are. */
export function poolTrials({ store, pool }: Dependencies): Activities['poolTrials'] {
  return (input) =>
    beating(async ({ signal }) => {
      const runs = await experimentRuns(store, input);
      const tested = runs.tested.map(({ keys }) => keys.evaluation);
      const searched = runs.searched.map(({ evaluation }) => evaluation);
      const { key, reused } = await runStage(
        store,
        experimentSpec(tested, searched, input.config.experiment),
        () => pool.run('poolTrials', { ...input, runs }, { signal }),
        signal,
      );
      const { metrics, overFolds, overSeeds, search, seeds } = await readResults(store, key);
      return {
        ...{ key, reused, metrics: headlineOf(metrics) },
        ...(overFolds === undefined ? {} : { overFolds }),
        ...(overSeeds === undefined ? {} : { overSeeds }),
        ...(search === undefined ? {} : { chosen: search.chosen }),
        note: `${metrics.count} answers${seeds.length > 1 ? ` under ${seeds.length} seeds` : ''}`,
      };
    });
}
