import type { Activities } from '../core/contracts/activities.js';
import { predictionsSpec } from '../core/contracts/stages.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readPlan } from './objects/planObject.js';

/** Writes what a model says of the recordings of a plan: `predictions/<key>/predictions.parquet`. */
export function predictRecordings({ store, pool, metrics }: Dependencies): Activities['predictRecordings'] {
  return ({ plan: planKey, model }) =>
    beating(async ({ signal }) => {
      const { catalogue, featureSet } = await readPlan(store, planKey);
      const { key, reused, manifest } = await runStage(
        store,
        predictionsSpec(catalogue, featureSet, model),
        async () => {
          const { files, answered, rejected, unanswered } = await pool.run(
            'predictRecordings',
            { plan: planKey, model },
            { signal },
          );
          metrics?.countRejects('predictRecordings', featureSet.name, unanswered);
          return { files, details: { answered, rejected } };
        },
        signal,
      );
      const { answered, rejected } = manifest.details as { answered: number; rejected: number };
      return { key, reused, answered, rejected };
    });
}
