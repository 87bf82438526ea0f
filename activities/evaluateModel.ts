import type { Activities } from '../core/contracts/activities.js';
import { headlineOf } from '../core/contracts/experiment.js';
import { evaluationSpec } from '../core/contracts/stages.js';
import type { Metrics } from '../core/contracts/training.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { parseJson, readStageOutput } from './objects/stageOutput.js';

/** Predicts the test part and writes metrics and predictions. */
export function evaluateModel({ store, pool }: Dependencies): Activities['evaluateModel'] {
  return (input) =>
    beating(async ({ signal }) => {
      const { key, reused, folder } = await runStage(
        store,
        evaluationSpec(input.model, input.split),
        () => pool.run('evaluateModel', input, { signal }),
        signal,
      );
      const metrics = parseJson<Metrics>(await readStageOutput(store, folder, 'metrics.json'));
      return { key, reused, metrics: headlineOf(metrics) };
    });
}
