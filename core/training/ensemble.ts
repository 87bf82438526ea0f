import type { TrainingHeartbeat } from '../contracts/runs.js';
import type { EpochMetrics, TrainingParameters } from '../contracts/training.js';
import { demand, isCount } from './checkTraining.js';
import { PURPOSE, randomWords } from './random.js';
import type { TrainedNetwork, Trainer, TrainingData, TrainingHooks } from './trainer.js';
import type { FinishedNetwork, TrainingState } from './trainingState.js';

/**
 * Trains the networks of an ensemble, one after the other; a single one where no ensemble is asked for. They differ in
 * their seeds alone (deep ensembles: Lakshminarayanan, Pritzel, Blundell 2017).
 *
 * A checkpoint holds the networks that are finished and the state of the one in training, so that it goes on in the middle
 * of any of them, to the very same weights.
 *
 * @throws SerError as `Trainer.train` does
 */
export async function trainEnsemble(
  trainer: Trainer,
  data: TrainingData,
  { ensemble = 1, ...parameters }: TrainingParameters,
  hooks: EnsembleHooks = {},
): Promise<TrainedNetwork[]> {
  demand(isCount(ensemble), 'ensemble', ensemble, 'a whole number from 1');
  const { resumeFrom } = hooks;
  const shape = { inputs: data.inputs, layers: parameters.layers, classes: data.classes };
  const trained = (resumeFrom?.finished ?? []).map((known): TrainedNetwork => {
    return { ...known, shape, backend: trainer.backend };
  });
  const resumed = trained.length;
  for (let network = resumed; network < ensemble; network++) {
    const own = hooksOfNetwork(hooks, [...trained], ensemble, network === resumed ? resumeFrom : undefined);
    trained.push(await trainer.train(data, { ...parameters, seed: seedOfNetwork(parameters.seed, network) }, own));
  }
  return trained;
}

/** Those of a training, which is also told which network of an ensemble it is at. */
export type EnsembleHooks = Omit<TrainingHooks, 'onEpoch'> & {
  onEpoch?: (metrics: EpochMetrics, network?: TrainingHeartbeat['network']) => void;
};

function hooksOfNetwork(
  { signal, onEpoch, onCheckpoint }: EnsembleHooks,
  finished: FinishedNetwork[],
  of: number,
  resumeFrom: TrainingState | undefined,
): TrainingHooks {
  const place = of === 1 ? undefined : { number: finished.length + 1, of };
  return {
    ...(signal && { signal }),
    ...(resumeFrom && { resumeFrom }),
    ...(onEpoch && { onEpoch: (metrics) => onEpoch(metrics, place) }),
    ...(onCheckpoint && {
      onCheckpoint: (state) => onCheckpoint(finished.length === 0 ? state : { ...state, finished }),
    }),
  };
}

/** The seed of each network, all from the one seed; the first network is the one that would be trained without an ensemble. */
function seedOfNetwork(seed: number, network: number): number {
  if (network === 0) return seed;
  const [word = 0] = randomWords({ seed, purpose: PURPOSE.networkSeed, step: network }, 1);
  return word;
}
