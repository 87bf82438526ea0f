import type { Activities } from '../core/contracts/activities.js';
import { VERSION } from '../core/contracts/names.js';
import { reportSpec } from '../core/contracts/stages.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { gatherReport } from './objects/reportData.js';

/** Writes the page that says what was trained on what, and what came of it. */
export function writeReport({ store, pool }: Dependencies): Activities['writeReport'] {
  return (input) =>
    beating(async ({ signal }) => {
      const { key, reused } = await runStage(
        store,
        reportSpec(input.evaluation, input.config, VERSION),
        async () => pool.run('renderReport', { data: await gatherReport(store, input) }, { signal }),
        signal,
      );
      return { key, reused };
    });
}
