/** One hidden layer of the network: Dense (relu), Dropout, BatchNormalization. */
export type HiddenLayer = { units: number; dropout: number };

export const AUGMENTATIONS = ['noise', 'pitch', 'stretch', 'gain'] as const;

/** A further copy of every recording that is trained on, altered. */
export type Augmentation = {
  kind: (typeof AUGMENTATIONS)[number];
  /**
   * `noise`: level of the recording above white noise, in dB. `pitch`: semitones, `stretch`: share of the rate, `gain`: dB, at
   * most so many up or down; how many is drawn for each recording.
   */
  amount: number;
};

/**
 * Everything that decides what a training does, apart from its data. What may be left out is left out unless it was asked
 * for: an absent parameter is no part of a model's key.
 */
export type TrainingParameters = {
  /** None at all: a linear model. */
  layers: HiddenLayer[];
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** Early stopping on the validation loss, best weights restored. */
  stopPatience: number;
  /** Halving of the learning rate on a plateau of the validation loss. */
  plateauPatience: number;
  plateauFactor: number;
  minLearningRate: number;
  /** Initial weights, dropout masks and batch order all come from it. */
  seed: number;
  /** Each class weighs as much as any other in the loss, however many recordings it has. */
  classWeights?: 'balanced';
  /** Features are measured against the speaker's own mean and deviation before they are scaled. */
  normalise?: 'speaker';
  /** So many networks (2 or more), whose probabilities are averaged; their seeds come from the one seed. */
  ensemble?: number;
  /** Share of the learning rate by which each step shrinks the kernels: decoupled, as Keras's AdamW. */
  weightDecay?: number;
  /** Share of the target that is spread over all classes, as Keras's `label_smoothing`. */
  labelSmoothing?: number;
  /** Each is one more copy of the training part. */
  augment?: Augmentation[];
};

/** The network, optimiser and callbacks of the original. */
export const ORIGINAL_TRAINING: Omit<TrainingParameters, 'seed'> = {
  layers: [
    { units: 512, dropout: 0.3 },
    { units: 256, dropout: 0.3 },
    { units: 128, dropout: 0.3 },
    { units: 64, dropout: 0.2 },
  ],
  epochs: 100,
  batchSize: 32,
  learningRate: 0.001,
  stopPatience: 15,
  plateauPatience: 5,
  plateauFactor: 0.5,
  minLearningRate: 1e-7,
};

/** Hidden layers as people type them: `256:0.3,128`, or `none`. */
export function layersText(layers: readonly HiddenLayer[]): string {
  if (layers.length === 0) return 'none';
  return layers.map(({ units, dropout }) => (dropout === 0 ? `${units}` : `${units}:${dropout}`)).join(',');
}

/** Altered copies as people type them: `noise:20,pitch:2`, or `none`. */
export function augmentText(copies: readonly Augmentation[]): string {
  if (copies.length === 0) return 'none';
  return copies.map(({ kind, amount }) => `${kind}:${amount}`).join(',');
}

/** One epoch, as Keras would report it. */
export type EpochMetrics = {
  /** From 1. */
  epoch: number;
  trainLoss: number;
  trainAccuracy: number;
  validationLoss: number;
  validationAccuracy: number;
  learningRate: number;
  seconds: number;
};

/** An epoch without the time it took, which differs each time: what is kept with a model is the same each time. */
export type EpochRecord = Omit<EpochMetrics, 'seconds'>;

export type ClassScores = { label: string; precision: number; recall: number; f1: number; support: number };

export type AverageScores = { precision: number; recall: number; f1: number };

/** What an evaluation says of predictions. Shares are between 0 and 1. */
export type Metrics = {
  labels: string[];
  accuracy: number;
  /** Mean recall over the classes that occur: balanced accuracy, UAR. */
  balancedAccuracy: number;
  logLoss: number;
  macro: AverageScores;
  weighted: AverageScores;
  perClass: ClassScores[];
  /** Rows are true labels, columns predicted ones, both in the order of `labels`. */
  confusion: number[][];
  count: number;
};

/** What `metadata.json` of a bundle holds; of a model that was trained elsewhere only what its own files say (the layers). */
export type ModelMetadata = {
  format: 1;
  featureSet: { name: string; version: number; columns: string[] };
  labels: string[];
  parameters: TrainingParameters;
  /** What it was trained on: `fused`, `node-gpu`, `node`, `wasm`, `cpu`. */
  backend: string;
  trainedOn: { corpora: string[]; utterances: { train: number; validation: number; test: number }; synthetic: boolean };
  /** The epoch whose weights were kept, from 1; of an ensemble its first network's. */
  bestEpoch: number;
  history: EpochRecord[];
  /** The same of the other networks of an ensemble. */
  furtherNetworks?: { bestEpoch: number; history: EpochRecord[] }[];
};

/** What becomes of the accuracy when one group of features is shuffled among the test recordings. */
export type GroupImportance = {
  /** `mfcc`, `chroma`, ...: the names of columns without their numbers. */
  group: string;
  columns: number;
  /** Mean over the repetitions; in shares of 1. */
  accuracyDrop: number;
  /** Standard deviation over the repetitions. */
  deviation: number;
};
