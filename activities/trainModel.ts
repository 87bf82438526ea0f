import type { Activities } from '../core/contracts/activities.js';
import { modelSpec } from '../core/contracts/stages.js';
import type { ModelMetadata } from '../core/contracts/training.js';
import { runStage } from '../core/store/stage.js';
import { resolveBackend } from '../core/training/backends.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { parseJson, readStageOutput } from './objects/stageOutput.js';

/** Trains the network on the training part of a split, unless that very model stands in the store. */
export function trainModel({ store, pool }: Dependencies): Activities['trainModel'] {
  return ({ plan, split, training, backend: wanted }) =>
    beating(async ({ signal, report }) => {
      const backend = await resolveBackend(wanted);
      const { key, reused, folder } = await runStage(
        store,
        modelSpec(split, training, backend),
        async () => {
          const job = { plan, split, training, backend };
          const { files, epochSeconds } = await pool.run('trainModel', job, { signal, onProgress: report });
          return { files, details: { epochSeconds } };
        },
        signal,
      );
      const { bestEpoch, history } = parseJson<ModelMetadata>(await readStageOutput(store, folder, 'metadata.json'));
      return { key, reused, backend, note: `${history.length} epochs on ${backend}, best ${bestEpoch}` };
    });
}
