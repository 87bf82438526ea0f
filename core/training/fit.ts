import { setImmediate } from 'node:timers/promises';
import { SerError } from '../contracts/errors.js';
import type { EpochMetrics, TrainingParameters } from '../contracts/training.js';
import { afterEpochPlateau, afterEpochStopping, startPlateau, startStopping } from './callbacks.js';
import { initialWeights } from './network.js';
import type { NetworkShape, NetworkWeights } from './network.js';
import { batchOrder } from './random.js';
import type { BackendName, TrainedNetwork, TrainingData, TrainingHooks } from './trainer.js';
import type { OptimiserState, TrainingState } from './trainingState.js';
import { checkTraining } from './checkTraining.js';

/** Sums over rows. */
export type LossSums = { loss: number; correct: number };

/** One step of the optimiser: which rows of the training part, and all that its random draws and Adam depend on. */
export type BatchStep = {
  rows: Uint32Array;
  epoch: number;
  /** From 0 in each epoch. */
  step: number;
  /** From 1, over all epochs. */
  iteration: number;
  learningRate: number;
};

/** A network in training on some backend; the data and the seed were given when it was made. */
export interface Engine {
  load(state: OptimiserState): void;
  /** A copy. */
  save(): OptimiserState;
  trainBatch(step: BatchStep): void;
  /** Cross-entropy and hits of all batches since the last call, in training mode and before each update. */
  takeSums(): LossSums;
  /** Cross-entropy and hits on the validation part in inference mode. */
  validate(): LossSums;
  dispose(): void;
}

/** So often the event loop gets its turn within an epoch, and after each one, so that a signal arrives. */
const TURN_MS = 100;

/** Keras's `fit` with EarlyStopping and ReduceLROnPlateau around an engine. */
export async function fit(
  backend: BackendName,
  createEngine: (shape: NetworkShape) => Engine | Promise<Engine>,
  data: TrainingData,
  parameters: TrainingParameters,
  hooks: TrainingHooks = {},
): Promise<TrainedNetwork> {
  checkTraining(data, parameters);
  const shape = { inputs: data.inputs, layers: parameters.layers, classes: data.classes };
  const fingerprint = fingerprintOf(backend, shape, data, parameters);
  let state = hooks.resumeFrom ?? startState(fingerprint, shape, parameters);
  if (state.fingerprint !== fingerprint) {
    throw new SerError('Incompatible', `belongs to ${state.fingerprint}, not to ${fingerprint}`, 'checkpoint');
  }
  const engine = await createEngine(shape);
  try {
    engine.load(state.current);
    while (state.epoch < parameters.epochs && state.stopping.wait < parameters.stopPatience) {
      state = await nextEpoch(engine, state, data, parameters, hooks);
      hooks.onEpoch?.(state.history.at(-1) as EpochMetrics);
      await hooks.onCheckpoint?.(state);
      await setImmediate();
    }
  } finally {
    engine.dispose();
  }
  return { shape, weights: state.best, bestEpoch: state.stopping.bestEpoch, history: state.history, backend };
}

function startState(fingerprint: string, shape: NetworkShape, parameters: TrainingParameters): TrainingState {
  const best: NetworkWeights = initialWeights(shape, parameters.seed);
  const size = best.parameters.length;
  return {
    fingerprint,
    epoch: 0,
    iteration: 0,
    stopping: startStopping(),
    plateau: startPlateau(parameters.learningRate),
    history: [],
    current: { ...best, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) },
    best,
  };
}

function fingerprintOf(
  backend: BackendName,
  shape: NetworkShape,
  data: TrainingData,
  parameters: TrainingParameters,
): string {
  const rows = { train: data.train.labels.length, validation: data.validation.labels.length };
  return JSON.stringify({ backend, inputs: shape.inputs, classes: shape.classes, rows, parameters });
}

async function nextEpoch(
  engine: Engine,
  state: TrainingState,
  data: TrainingData,
  parameters: TrainingParameters,
  hooks: TrainingHooks,
): Promise<TrainingState> {
  const started = performance.now();
  const epoch = state.epoch + 1;
  const { learningRate } = state.plateau;
  const iteration = await trainEpoch(engine, state, data.train.labels.length, parameters, hooks.signal);
  const train = engine.takeSums();
  const validation = engine.validate();
  const metrics: EpochMetrics = {
    epoch,
    trainLoss: train.loss / data.train.labels.length,
    trainAccuracy: train.correct / data.train.labels.length,
    validationLoss: validation.loss / data.validation.labels.length,
    validationAccuracy: validation.correct / data.validation.labels.length,
    learningRate,
    seconds: (performance.now() - started) / 1000,
  };
  checkLoss(metrics);
  const stopping = afterEpochStopping(state.stopping, metrics.validationLoss, epoch);
  const plateau = afterEpochPlateau(state.plateau, metrics.validationLoss, {
    patience: parameters.plateauPatience,
    factor: parameters.plateauFactor,
    minimum: parameters.minLearningRate,
  });
  const current = engine.save();
  const best = stopping.wait === 0 ? { parameters: current.parameters, statistics: current.statistics } : state.best;
  return { ...state, epoch, iteration, stopping, plateau, history: [...state.history, metrics], current, best };
}

/** @returns the number of steps so far, over all epochs */
async function trainEpoch(
  engine: Engine,
  state: TrainingState,
  count: number,
  { batchSize, seed }: TrainingParameters,
  signal: AbortSignal | undefined,
): Promise<number> {
  const epoch = state.epoch + 1;
  const order = batchOrder(seed, epoch, count);
  const { learningRate } = state.plateau;
  let { iteration } = state;
  let turn = performance.now();
  for (let start = 0, step = 0; start < count; start += batchSize, step++) {
    if (performance.now() - turn > TURN_MS) {
      await setImmediate();
      turn = performance.now();
    }
    if (signal?.aborted === true) throw new SerError('Cancelled', `stopped in epoch ${epoch}`, 'training');
    iteration++;
    engine.trainBatch({ rows: order.subarray(start, start + batchSize), epoch, step, iteration, learningRate });
  }
  return iteration;
}

function checkLoss({ epoch, trainLoss, validationLoss }: EpochMetrics): void {
  if (Number.isFinite(trainLoss) && Number.isFinite(validationLoss)) return;
  throw new SerError(
    'BadConfig',
    `the loss is no longer finite in epoch ${epoch}`,
    'training',
    'lower the learning rate, and look for extreme values in the features',
  );
}
