import { labelOrder } from '../../core/contracts/emotions.js';
import type { ModelMetadata, TrainingParameters } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { DEMO_PREFIX } from '../../core/corpora/licences.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { createTrainer } from '../../core/training/backends.js';
import { networksOf } from '../../core/training/ensemble.js';
import { fitScaler, scaleRows } from '../../core/training/scaler.js';
import type { BackendName, TrainedNetwork, TrainingData } from '../../core/training/trainer.js';
import type { TrainingState } from '../../core/training/trainingState.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import { readCheckpoint, sealState } from '../objects/checkpoint.js';
import { readModelCopies, readModelFeatures } from '../objects/modelFeatures.js';
import type { TrainingGround } from '../objects/modelFiles.js';
import { partRows, withCopies } from '../objects/partRows.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import type { Job } from './job.js';

export type TrainNetworkInput = {
  plan: string;
  split: string;
  /** Of the whole model. */
  training: TrainingParameters;
  backend: BackendName;
  /** Key of the model to be: checkpoints lie under it. */
  model: string;
  /** Which network of the model, from 0. */
  network: number;
  /** Its state is kept after an epoch, but not more often than so. */
  keepEveryMs: number;
};
export type TrainNetworkOutput = { trained: TrainedNetwork; ground: TrainingGround };

/** Fits the scaler and one network on the training part, watched by the validation part. */
export const trainNetwork: Job<TrainNetworkInput, TrainNetworkOutput> = async (input, context) => {
  const { training, network } = input;
  const store = await context.store();
  const networks = networksOf(training);
  const { data, ground } = await (networks.length === 1 ? prepare(store, input) : prepareOnce(store, input));

  const resumeFrom = await readCheckpoint(store, input.model, network);
  let latest = resumeFrom;
  let keptAt = performance.now();
  const keep = (state: TrainingState) => {
    context.keep(sealState(state));
    keptAt = performance.now();
  };
  const trained = await createTrainer(input.backend).train(data, networks[network]!, {
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
    onEpoch: (last) => context.report({ epochs: training.epochs, last }),
    onCheckpoint: (state) => {
      latest = state;
      if (performance.now() - keptAt >= input.keepEveryMs) keep(state);
    },
  });
  // The others may take a while yet: with its last state, this one is not trained again.
  if (networks.length > 1 && latest !== undefined && latest !== resumeFrom) keep(latest);
  return { trained, ground };
};

type Prepared = { data: TrainingData; ground: TrainingGround };

let prepared: { of: string; result: Promise<Prepared> } | undefined;

/** Networks of one model that a thread trains in turn are trained on the same rows. */
function prepareOnce(store: ObjectStore, input: TrainNetworkInput): Promise<Prepared> {
  const of = `${store.url} ${input.plan} ${input.model}`;
  if (prepared?.of !== of) {
    const result = prepare(store, input);
    prepared = { of, result };
    result.catch(() => (prepared = undefined));
  }
  return prepared.result;
}

/** Reads and scales the rows that a model is trained on. */
async function prepare(store: ObjectStore, input: TrainNetworkInput): Promise<Prepared> {
  const { training } = input;
  const plan = await readPlan(store, input.plan);
  const set = featureSet(plan.featureSet.name);
  const split = await readSplit(store, input.split);
  const recordings = split.map(({ sha256 }) => sha256);
  const use = { columns: set.columns, normalise: training.normalise };
  const table = await readModelFeatures(store, plan, split, use, recordings);
  const catalogue = await readCatalogue(store, plan.catalogue);
  const labels = labelOrder(split.map(({ emotion }) => emotion));

  const train = partRows(table, split, labels, 'train');
  const validation = partRows(table, split, labels, 'validation');
  const copies = await Promise.all(
    (training.augment ?? []).map((augmentation) =>
      readModelCopies(store, plan, split, use, train.sha256s, augmentation),
    ),
  );
  const trainedRows = withCopies(train, copies);
  const scaler = fitScaler(trainedRows.values, set.columns.length, Uint32Array.from(trainedRows.classes.keys()));
  return {
    data: {
      inputs: set.columns.length,
      classes: labels.length,
      train: { features: scaleRows(scaler, trainedRows.values), labels: trainedRows.classes },
      validation: { features: scaleRows(scaler, validation.values), labels: validation.classes },
    },
    ground: {
      featureSet: { name: set.name, version: set.version, columns: [...set.columns] },
      labels,
      scaler,
      trainedOn: trainedOn(catalogue, recordings, {
        train: train.classes.length,
        validation: validation.classes.length,
        test: split.length - train.classes.length - validation.classes.length,
      }),
    },
  };
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
