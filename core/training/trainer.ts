import type { EpochMetrics, TrainingParameters } from '../contracts/training.js';
import type { NetworkShape, NetworkWeights } from './network.js';
import type { TrainingState } from './trainingState.js';

/** The implementations, by the names that `--backend` takes and `metadata.json` records. */
export const BACKENDS = ['fused', 'node-gpu', 'node', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** Rows of one part: `features` is count x inputs, scaled; `labels` are class indices. */
export type LabelledRows = { features: Float32Array; labels: Int32Array };

export type TrainingData = {
  /** Columns of a row. */
  inputs: number;
  classes: number;
  train: LabelledRows;
  validation: LabelledRows;
};

export type TrainingHooks = {
  /** Called after each epoch. */
  onEpoch?: (metrics: EpochMetrics) => void;
  /** Called after each epoch with all that the next one needs; the training waits for it. */
  onCheckpoint?: (state: TrainingState) => void | Promise<void>;
  /** Looked at between batches. */
  signal?: AbortSignal;
  /** Where an earlier training of the same data and parameters was when it ended. */
  resumeFrom?: TrainingState;
};

/** What a training came to. */
export type TrainedNetwork = {
  shape: NetworkShape;
  /** Of the best epoch. */
  weights: NetworkWeights;
  /** From 1. */
  bestEpoch: number;
  history: EpochMetrics[];
  backend: BackendName;
};

export interface Trainer {
  readonly backend: BackendName;
  /**
   * Trains to the end, to a standstill of the validation loss, or until the signal. The same data and parameters give
   * byte-identical weights, in one go or by way of checkpoints.
   *
   * @throws SerError `Cancelled` by the signal, `BadConfig` for parameters out of range or when the loss is no longer
   *   finite, `DataRefused` for an empty part, `Incompatible` for a checkpoint of another training
   */
  train(data: TrainingData, parameters: TrainingParameters, hooks?: TrainingHooks): Promise<TrainedNetwork>;
}
