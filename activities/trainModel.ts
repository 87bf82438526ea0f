import type { Activities } from '../core/contracts/activities.js';
import { modelSpec } from '../core/contracts/stages.js';
import type { ModelMetadata } from '../core/contracts/training.js';
import { locateStage, runStage } from '../core/store/stage.js';
import { resolveBackend } from '../core/training/backends.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { createCheckpointKeeper } from './objects/checkpoint.js';
import { parseJson, readStageOutput } from './objects/stageOutput.js';

/**
 * Trains the network on the training part of a split, unless that very model stands in the store. Goes on from where an
 * earlier attempt ended.
 */
export function trainModel({ store, pool, metrics }: Dependencies): Activities['trainModel'] {
  return ({ plan, split, training, backend: wanted }) =>
    beating(async ({ signal, report }) => {
      const backend = await resolveBackend(wanted);
      const spec = modelSpec(split, training, backend);
      const checkpoint = createCheckpointKeeper(store, locateStage(spec).key);
      const { key, reused, folder } = await runStage(
        store,
        spec,
        async () => {
          const job = { plan, split, training, backend, model: locateStage(spec).key };
          const options = { signal, onProgress: report, onKeep: (state: Uint8Array) => checkpoint.keep(state) };
          const { files, epochSeconds } = await pool.run('trainModel', job, options);
          metrics?.recordEpochs(backend, epochSeconds);
          return { files, details: { epochSeconds } };
        },
        signal,
      );
      await checkpoint.remove();
      const metadata = parseJson<ModelMetadata>(await readStageOutput(store, folder, 'metadata.json'));
      return { key, reused, backend, note: noteOf(metadata) };
    });
}

/** One line for people. */
function noteOf({ bestEpoch, history, furtherNetworks: further = [], backend }: ModelMetadata): string {
  if (further.length === 0) return `${history.length} epochs on ${backend}, best ${bestEpoch}`;
  const epochs = [history, ...further.map((network) => network.history)].reduce((sum, { length }) => sum + length, 0);
  return `${further.length + 1} networks, ${epochs} epochs on ${backend}`;
}
