import { labelOrder } from '../../core/contracts/emotions.js';
import type { EpochMetrics, EpochRecord, ModelMetadata, TrainingParameters } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { DEMO_PREFIX } from '../../core/corpora/licences.js';
import { featureSet } from '../../core/features/registry.js';
import { createTrainer } from '../../core/training/backends.js';
import { bundleFiles } from '../../core/training/bundle.js';
import { trainEnsemble } from '../../core/training/ensemble.js';
import { fitScaler, scaleRows } from '../../core/training/scaler.js';
import type { BackendName, TrainedNetwork } from '../../core/training/trainer.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import { readCheckpoint, sealState } from '../objects/checkpoint.js';
import { readModelCopies, readModelFeatures } from '../objects/modelFeatures.js';
import { partRows, withCopies } from '../objects/partRows.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import type { Job } from './job.js';

export type TrainModelInput = {
  plan: string;
  split: string;
  training: TrainingParameters;
  backend: BackendName;
  /** Key of the model to be: its checkpoints lie under it. */
  model: string;
};
export type TrainModelOutput = { files: Map<string, Uint8Array>; epochSeconds: number[] };

/** The state of a training is kept after an epoch, but not more often than so. */
const CHECKPOINT_EVERY_MS = 300;

/** Fits scaler and network on the training part, watched by the validation part, and makes the bundle of both. */
export const trainModel: Job<TrainModelInput, TrainModelOutput> = async (input, context) => {
  const store = await context.store();
  const plan = await readPlan(store, input.plan);
  const set = featureSet(plan.featureSet.name);
  const split = await readSplit(store, input.split);
  const recordings = split.map(({ sha256 }) => sha256);
  const use = { columns: set.columns, normalise: input.training.normalise };
  const table = await readModelFeatures(store, plan, split, use, recordings);
  const catalogue = await readCatalogue(store, plan.catalogue);
  const labels = labelOrder(split.map(({ emotion }) => emotion));

  const train = partRows(table, split, labels, 'train');
  const validation = partRows(table, split, labels, 'validation');
  const copies = await Promise.all(
    (input.training.augment ?? []).map((augmentation) =>
      readModelCopies(store, plan, split, use, train.sha256s, augmentation),
    ),
  );
  const trainedRows = withCopies(train, copies);
  const scaler = fitScaler(trainedRows.values, set.columns.length, Uint32Array.from(trainedRows.classes.keys()));
  const resumeFrom = await readCheckpoint(store, input.model);
  let keptAt = performance.now();
  const trained = await trainEnsemble(
    createTrainer(input.backend),
    {
      inputs: set.columns.length,
      classes: labels.length,
      train: { features: scaleRows(scaler, trainedRows.values), labels: trainedRows.classes },
      validation: { features: scaleRows(scaler, validation.values), labels: validation.classes },
    },
    input.training,
    {
      ...(resumeFrom === undefined ? {} : { resumeFrom }),
      onEpoch: (last, network) => context.report({ epochs: input.training.epochs, last, ...(network && { network }) }),
      onCheckpoint: (state) => {
        if (performance.now() - keptAt < CHECKPOINT_EVERY_MS) return;
        context.keep(sealState(state));
        keptAt = performance.now();
      },
    },
  );

  const [first, ...further] = trained as [TrainedNetwork, ...TrainedNetwork[]];
  const metadata: ModelMetadata = {
    format: 1,
    featureSet: { name: set.name, version: set.version, columns: [...set.columns] },
    labels,
    parameters: input.training,
    backend: first.backend,
    trainedOn: trainedOn(catalogue, recordings, {
      train: train.classes.length,
      validation: validation.classes.length,
      test: split.length - train.classes.length - validation.classes.length,
    }),
    ...courseOf(first),
    ...(further.length === 0 ? {} : { furtherNetworks: further.map(courseOf) }),
  };
  const networks = trained.map(({ weights }) => weights);
  const files = bundleFiles({ shape: first.shape, networks, scaler, metadata });
  return { files, epochSeconds: trained.flatMap(({ history }) => history.map(({ seconds }) => seconds)) };
};

/** How a network's training went, without the time it took, which differs each time. */
function courseOf({ bestEpoch, history }: TrainedNetwork): Pick<ModelMetadata, 'bestEpoch' | 'history'> {
  return { bestEpoch, history: history.map(withoutSeconds) };
}

function trainedOn(
  catalogue: readonly Utterance[],
  used: readonly string[],
  utterances: ModelMetadata['trainedOn']['utterances'],
): ModelMetadata['trainedOn'] {
  const inSplit = new Set(used);
  const corpora = new Set(catalogue.filter((row) => inSplit.has(row.sha256)).map(({ corpus }) => corpus));
  return {
    corpora: [...corpora].sort(),
    utterances,
    synthetic: [...corpora].some((corpus) => corpus.startsWith(DEMO_PREFIX)),
  };
}

function withoutSeconds(epoch: EpochMetrics): EpochRecord {
  const record: EpochRecord & { seconds?: number } = { ...epoch };
  delete record.seconds;
  return record;
}
