import type { Activities } from '../core/contracts/activities.js';
import { VERSION } from '../core/contracts/names.js';
import { reportSpec } from '../core/contracts/stages.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { gatherExperiment } from './objects/experimentData.js';

/** Writes the page that says what the trainings of an experiment came to. */
export function writeExperimentReport({ store, pool }: Dependencies): Activities['writeExperimentReport'] {
  return (input) =>
    beating(async ({ signal }) => {
      const { key, reused } = await runStage(
        store,
        reportSpec(input.experiment, input.config, VERSION),
        async () => pool.run('renderExperiment', { data: await gatherExperiment(store, input) }, { signal }),
        signal,
      );
      return { key, reused };
    });
}
