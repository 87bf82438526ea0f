import { SerError, messageOf } from '../contracts/errors.js';
import { ORIGINAL_TRAINING } from '../contracts/training.js';
import type { TrainingParameters } from '../contracts/training.js';
import { fit } from './fit.js';
import type { Engine } from './fit.js';
import { createFusedEngine } from './fusedEngine.js';
import { initialWeights } from './network.js';
import type { NetworkShape } from './network.js';
import { BACKENDS } from './trainer.js';
import type { BackendName, Trainer, TrainingData } from './trainer.js';

/** Whether a backend can be had on this machine. */
export type BackendState = { name: BackendName; available: boolean; reason: string };

/** Every backend: whether it loads here, and why not. */
export async function listBackends(): Promise<BackendState[]> {
  const states: BackendState[] = [];
  for (const name of BACKENDS) {
    const reason = await unavailability(name);
    states.push({ name, available: reason === '', reason });
  }
  return states;
}

/** Why a backend cannot be had; empty when it can. */
async function unavailability(name: BackendName): Promise<string> {
  try {
    await engineFactory(name);
    return '';
  } catch (error) {
    return error instanceof SerError ? error.what : messageOf(error);
  }
}

/**
 * The backend to train on: `node-gpu` where it loads and sees a GPU, else `fused`, for `auto`; otherwise the one named.
 *
 * @throws SerError `BadConfig` for a name that is none, or a backend that cannot be had here
 */
export async function resolveBackend(wanted: string): Promise<BackendName> {
  if (wanted === 'auto') return (await unavailability('node-gpu')) === '' ? 'node-gpu' : 'fused';
  const name = BACKENDS.find((backend) => backend === wanted);
  if (name === undefined) {
    throw new SerError('BadConfig', `got "${wanted}"`, '--backend', `It takes auto, ${BACKENDS.join(', ')}.`);
  }
  await engineFactory(name);
  return name;
}

/** A trainer on a backend by name; see `resolveBackend`. */
export function createTrainer(backend: BackendName): Trainer {
  return {
    backend,
    async train(data, parameters, hooks) {
      const createEngine = await engineFactory(backend);
      return fit(backend, (shape) => createEngine(shape, data, parameters), data, parameters, hooks);
    },
  };
}

type EngineFactory = (shape: NetworkShape, data: TrainingData, parameters: TrainingParameters) => Engine;

/** TensorFlow.js is only loaded where it is asked for: it takes half a second. */
async function engineFactory(backend: BackendName): Promise<EngineFactory> {
  if (backend === 'fused') return createFusedEngine;
  const { loadTensorFlow } = await import('./tensorflow.js');
  const { createTensorFlowEngine } = await import('./tensorflowEngine.js');
  const tf = await loadTensorFlow(backend);
  return (shape, data, parameters) => createTensorFlowEngine(tf, shape, data, parameters);
}

const TIMED_STEPS = { warmUp: 3, least: 3, seconds: 0.2 };

/**
 * How long one step of the original network takes: 195 features, batch 32, random data.
 *
 * @returns seconds
 * @throws SerError `BadConfig` when the backend cannot be had here
 */
export async function measureStep(backend: BackendName): Promise<number> {
  const parameters = { ...ORIGINAL_TRAINING, seed: 0 };
  const shape: NetworkShape = { inputs: 195, layers: parameters.layers, classes: 8 };
  const { batchSize, learningRate } = parameters;
  const labels = Int32Array.from({ length: batchSize }, (_, row) => row % shape.classes);
  const features = Float32Array.from({ length: batchSize * shape.inputs }, (_, index) => Math.sin(index));
  const rows = { features, labels };
  const createEngine = await engineFactory(backend);
  const data = { inputs: shape.inputs, classes: shape.classes, train: rows, validation: rows };
  const engine = createEngine(shape, data, parameters);
  try {
    const weights = initialWeights(shape, parameters.seed);
    const zeros = () => new Float32Array(weights.parameters.length);
    engine.load({ ...weights, firstMoment: zeros(), secondMoment: zeros() });
    const order = Uint32Array.from(labels.keys());
    let steps = 0;
    const step = () => {
      engine.trainBatch({ rows: order, epoch: 1, step: steps, iteration: ++steps, learningRate });
      engine.takeSums(); // waits for a device that works behind our back
    };
    while (steps < TIMED_STEPS.warmUp) step();
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    while (steps < TIMED_STEPS.warmUp + TIMED_STEPS.least || elapsed() < TIMED_STEPS.seconds) step();
    return elapsed() / (steps - TIMED_STEPS.warmUp);
  } finally {
    engine.dispose();
  }
}
