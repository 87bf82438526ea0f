import type { EpochMetrics, EpochRecord, ModelMetadata, TrainingParameters } from '../../core/contracts/training.js';
import { bundleFiles } from '../../core/training/bundle.js';
import type { Scaler } from '../../core/training/scaler.js';
import type { TrainedNetwork } from '../../core/training/trainer.js';

/** What all networks of a model are trained on. */
export type TrainingGround = Pick<ModelMetadata, 'featureSet' | 'labels' | 'trainedOn'> & { scaler: Scaler };

/** The bundle of a model, from its networks in their order. */
export function modelFiles(
  trained: readonly TrainedNetwork[],
  { featureSet, labels, trainedOn, scaler }: TrainingGround,
  parameters: TrainingParameters,
): Map<string, Uint8Array> {
  const [first, ...further] = trained as [TrainedNetwork, ...TrainedNetwork[]];
  const metadata: ModelMetadata = {
    format: 1,
    featureSet,
    labels,
    parameters,
    backend: first.backend,
    trainedOn,
    ...courseOf(first),
    ...(further.length === 0 ? {} : { furtherNetworks: further.map(courseOf) }),
  };
  return bundleFiles({ shape: first.shape, networks: trained.map(({ weights }) => weights), scaler, metadata });
}

/** How a network's training went, without the time it took, which differs each time. */
function courseOf({ bestEpoch, history }: TrainedNetwork): Pick<ModelMetadata, 'bestEpoch' | 'history'> {
  return { bestEpoch, history: history.map(withoutSeconds) };
}

function withoutSeconds(epoch: EpochMetrics): EpochRecord {
  const record: EpochRecord & { seconds?: number } = { ...epoch };
  delete record.seconds;
  return record;
}
