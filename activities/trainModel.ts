import type { Activities } from '../core/contracts/activities.js';
import type { TrainingHeartbeat } from '../core/contracts/runs.js';
import { modelSpec } from '../core/contracts/stages.js';
import type { ModelMetadata, TrainingParameters } from '../core/contracts/training.js';
import { locateStage, runStage } from '../core/store/stage.js';
import { resolveBackend } from '../core/training/backends.js';
import { networksOf } from '../core/training/ensemble.js';
import type { BackendName } from '../core/training/trainer.js';
import type { Dependencies } from './dependencies.js';
import { beating, type Heart } from './heartbeat.js';
import { type CheckpointKeeper, createCheckpointKeeper } from './objects/checkpoint.js';
import { modelFiles } from './objects/modelFiles.js';
import { inParallel } from './objects/parallel.js';
import { parseJson, readStageOutput } from './objects/stageOutput.js';

/** The state of a training goes to the store so often, however many networks are trained at a time. */
const CHECKPOINT_EVERY_MS = 300;

/**
 * Trains the network on the training part of a split, or the networks of an ensemble side by side, unless that very model
 * stands in the store. Goes on from where an earlier attempt ended.
 */
export function trainModel({ store, pool, metrics }: Dependencies): Activities['trainModel'] {
  return ({ plan, split, training, backend: wanted }) =>
    beating(async (heart) => {
      const backend = await resolveBackend(wanted);
      const spec = modelSpec(split, training, backend);
      const checkpoint = createCheckpointKeeper(store, locateStage(spec).key);
      const { key, reused, folder } = await runStage(
        store,
        spec,
        async () => {
          const job = { plan, split, training, backend, model: locateStage(spec).key };
          const networks = await trainNetworks(pool, job, checkpoint, heart);
          const trained = networks.map((network) => network.trained);
          const epochSeconds = trained.flatMap(({ history }) => history.map(({ seconds }) => seconds));
          metrics?.recordEpochs(backend, epochSeconds);
          return { files: modelFiles(trained, networks[0]!.ground, training), details: { epochSeconds } };
        },
        heart.signal,
      );
      await checkpoint.remove();
      const metadata = parseJson<ModelMetadata>(await readStageOutput(store, folder, 'metadata.json'));
      return { key, reused, backend, note: noteOf(metadata) };
    });
}

/**
 * Every network is trained by one thread, as many at a time as there are threads; on TensorFlow.js, which takes all of the
 * machine by itself, one after another. Which thread trains what decides nothing: each network has a seed of its own.
 */
function trainNetworks(
  pool: Dependencies['pool'],
  job: TrainingJob,
  checkpoint: CheckpointKeeper,
  { signal, report }: Heart,
) {
  const networks = networksOf(job.training);
  const atATime = job.backend === 'fused' ? Math.min(pool.threads, networks.length) : 1;
  const keepEveryMs = CHECKPOINT_EVERY_MS * atATime;
  const open = new Set(networks.keys());
  const others = new AbortController();
  return inParallel(atATime, [...open], async (network) => {
    try {
      const result = await pool.run(
        'trainNetwork',
        { ...job, network, keepEveryMs },
        {
          signal: AbortSignal.any([signal, others.signal]),
          onProgress: (progress) => {
            const [first] = open; // of several, people follow one
            if (network === first) report(heartbeatOf(progress as TrainingHeartbeat, network, networks.length));
          },
          onKeep: (state) => checkpoint.keep(network, state),
        },
      );
      open.delete(network);
      return result;
    } catch (error) {
      others.abort(error);
      throw error;
    }
  });
}

type TrainingJob = {
  plan: string;
  split: string;
  training: TrainingParameters;
  backend: BackendName;
  model: string;
};

function heartbeatOf(progress: TrainingHeartbeat, network: number, of: number): TrainingHeartbeat {
  return of === 1 ? progress : { ...progress, network: { number: network + 1, of } };
}

/** One line for people. */
function noteOf({ bestEpoch, history, furtherNetworks: further = [], backend }: ModelMetadata): string {
  if (further.length === 0) return `${history.length} epochs on ${backend}, best ${bestEpoch}`;
  const epochs = [history, ...further.map((network) => network.history)].reduce((sum, { length }) => sum + length, 0);
  return `${further.length + 1} networks, ${epochs} epochs on ${backend}`;
}
