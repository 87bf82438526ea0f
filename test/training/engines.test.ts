import { expect } from 'chai';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import { createTrainer } from '../../core/training/backends.js';
import { createFusedEngine } from '../../core/training/fusedEngine.js';
import type { Engine } from '../../core/training/fit.js';
import { initialWeights } from '../../core/training/network.js';
import { batchOrder } from '../../core/training/random.js';
import { loadTensorFlow } from '../../core/training/tensorflow.js';
import { createTensorFlowEngine } from '../../core/training/tensorflowEngine.js';
import type { OptimiserState } from '../../core/training/trainingState.js';
import { learnableData } from './helpers.js';

const PARAMETERS = {
  ...ORIGINAL_TRAINING,
  layers: [
    { units: 40, dropout: 0.3 },
    { units: 21, dropout: 0.2 },
  ],
  epochs: 12,
  batchSize: 32,
  seed: 11,
};

function runSteps(engine: Engine, steps: number, train: number): OptimiserState {
  const order = batchOrder(PARAMETERS.seed, 1, train);
  for (let step = 0; step < steps; step++) {
    const start = (step * PARAMETERS.batchSize) % train;
    const rows = order.subarray(start, start + PARAMETERS.batchSize);
    engine.trainBatch({ rows, epoch: 1, step, iteration: step + 1, learningRate: 0.001 });
  }
  return engine.save();
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);
}

describe('the fused engine and TensorFlow.js', () => {
  const data = learnableData(20, 5, 300, 60);
  const shape = { inputs: data.inputs, layers: PARAMETERS.layers, classes: data.classes };

  async function bothAfter(steps: number): Promise<[OptimiserState, OptimiserState]> {
    const tf = await loadTensorFlow('wasm');
    const engines = [
      createFusedEngine(shape, data, PARAMETERS),
      createTensorFlowEngine(tf, shape, data, PARAMETERS),
    ] as const;
    return engines.map((engine) => {
      const weights = initialWeights(shape, PARAMETERS.seed);
      const size = weights.parameters.length;
      engine.load({ ...weights, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) });
      const state = runSteps(engine, steps, data.train.labels.length);
      engine.dispose();
      return state;
    }) as [OptimiserState, OptimiserState];
  }

  it('agree to 1e-5 over a step with dropout', async () => {
    const [fused, tensorflow] = await bothAfter(1);
    for (const name of ['parameters', 'statistics', 'firstMoment', 'secondMoment'] as const) {
      expect(largestDifference(fused[name], tensorflow[name]), name).to.be.below(1e-5);
    }
  });

  it('stay close over forty steps with partial batches', async () => {
    const [fused, tensorflow] = await bothAfter(40);
    expect(largestDifference(fused.parameters, tensorflow.parameters)).to.be.below(1e-3);
    expect(largestDifference(fused.statistics, tensorflow.statistics)).to.be.below(1e-3);
  });

  it('tell the same story over twelve epochs', async () => {
    const fused = await createTrainer('fused').train(data, PARAMETERS);
    const wasm = await createTrainer('wasm').train(data, PARAMETERS);
    const cpu = await createTrainer('cpu').train(data, PARAMETERS);
    fused.history.forEach((epoch, index) => {
      for (const other of [wasm, cpu]) {
        expect(epoch.validationLoss).to.be.closeTo(other.history[index]!.validationLoss, 0.01);
        expect(epoch.trainLoss).to.be.closeTo(other.history[index]!.trainLoss, 0.01);
      }
    });
    expect(fused.history.at(-1)!.validationAccuracy).to.be.above(0.5);
  });
});
