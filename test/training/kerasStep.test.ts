import { expect } from 'chai';
import { createTensorFlowEngine } from '../../core/training/tensorflowEngine.js';
import { createFusedEngine } from '../../core/training/fusedEngine.js';
import { balancedWeights } from '../../core/training/lossWeights.js';
import { loadTensorFlow } from '../../core/training/tensorflow.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import type { TrainingParameters } from '../../core/contracts/training.js';
import type { Engine } from '../../core/training/fit.js';
import { initialWeights, statisticVariables, trainableVariables, viewOf } from '../../core/training/network.js';
import type { NetworkShape, NetworkWeights, Variable } from '../../core/training/network.js';
import type { LabelledRows, TrainingData } from '../../core/training/trainer.js';
import type { OptimiserState } from '../../core/training/trainingState.js';
import { golden, hashed } from './helpers.js';

type Problem = { inputs: number; units: number[]; classes: number; rows: number; start: number };
type Arrays<Content> = Record<'gradients' | 'firstMoment' | 'secondMoment' | 'parameters' | 'statistics', Content>;
type SmallStep = Problem & { loss: number } & Arrays<number[]>;
type Summary = { sum: number; absolute: number; picks: number[]; values: number[] };
type FullStep = Problem & { loss: number } & Arrays<Summary[]>;
type Epochs = Problem & {
  validationRows: number;
  validationStart: number;
  batchSize: number;
  trainLoss: number[];
  trainAccuracy: number[];
  validationLoss: number[];
  validationAccuracy: number[];
};

type Options = Omit<Epochs, 'trainAccuracy' | 'validationAccuracy'> & {
  labels: number[];
  classWeights: 'none' | 'balanced';
  labelSmoothing: number;
  weightDecay: number;
  weights: number[];
  parameters: number[];
};

type CreateEngine = (shape: NetworkShape, data: TrainingData, parameters: TrainingParameters) => Promise<Engine>;

const ENGINES: Record<string, CreateEngine> = {
  fused: (...problem) => Promise.resolve(createFusedEngine(...problem)),
  wasm: async (...problem) => createTensorFlowEngine(await loadTensorFlow('wasm'), ...problem),
  cpu: async (...problem) => createTensorFlowEngine(await loadTensorFlow('cpu'), ...problem),
};

function batch({ inputs, classes }: Problem, rows: number, start: number): LabelledRows {
  return {
    features: Float32Array.from(hashed(start, rows * inputs), (value) => 2 * value),
    labels: Int32Array.from({ length: rows }, (_, row) => (row * 7 + start) % classes),
  };
}

/** Kernels from `hashed` within the limit of Glorot, as in tools/golden_training.py. */
function givenWeights(shape: NetworkShape): NetworkWeights {
  const weights = initialWeights(shape, 0);
  let start = 1000;
  for (const variable of trainableVariables(shape)) {
    if (variable.name !== 'kernel') continue;
    const limit = Math.sqrt(6 / (variable.shape[0]! + variable.shape[1]!));
    viewOf(weights.parameters, variable).set(hashed(start, variable.size).map((value) => limit * value));
    start += variable.size;
  }
  return weights;
}

async function prepare(
  create: CreateEngine,
  problem: Problem & { labels?: number[] },
  batchSize: number,
  validation?: LabelledRows,
  options: Partial<TrainingParameters> = {},
) {
  const layers = problem.units.map((units) => ({ units, dropout: 0 }));
  const shape = { inputs: problem.inputs, layers, classes: problem.classes };
  const train = batch(problem, problem.rows, problem.start);
  if (problem.labels !== undefined) train.labels = Int32Array.from(problem.labels);
  const parameters = { ...ORIGINAL_TRAINING, layers, batchSize, seed: 0, ...options };
  const data = { inputs: problem.inputs, classes: problem.classes, train, validation: validation ?? train };
  const engine = await create(shape, data, parameters);
  const weights = givenWeights(shape);
  const size = weights.parameters.length;
  engine.load({ ...weights, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) });
  return { engine, shape };
}

function rowsFrom(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, offset) => start + offset);
}

async function oneStep(create: CreateEngine, problem: Problem) {
  const { engine, shape } = await prepare(create, problem, problem.rows);
  const rows = rowsFrom(0, problem.rows);
  engine.trainBatch({ rows, epoch: 1, step: 0, iteration: 1, learningRate: Math.fround(0.001) });
  const { loss } = engine.takeSums();
  const state = engine.save();
  engine.dispose();
  const gradients = state.firstMoment.map((value) => value / 0.1);
  return {
    loss: loss / problem.rows,
    shape,
    state: { ...state, gradients } as OptimiserState & { gradients: Float32Array },
  };
}

function expectSummary(values: Float32Array, expected: Summary, what: string): void {
  const scale = expected.absolute / values.length;
  expect(
    values.reduce((sum, value) => sum + value, 0),
    `${what}: sum`,
  ).to.be.closeTo(expected.sum, 1e-5 * (expected.absolute + 1));
  expect(
    values.reduce((sum, value) => sum + Math.abs(value), 0),
    `${what}: absolute`,
  ).to.be.closeTo(expected.absolute, 1e-5 * (expected.absolute + 1));
  expected.picks.forEach((pick, index) => {
    expect(values[pick], `${what}[${pick}]`).to.be.closeTo(expected.values[index]!, 1e-5 * Math.max(1, scale));
  });
}

const ARRAYS = ['gradients', 'firstMoment', 'secondMoment', 'parameters', 'statistics'] as const;

for (const [name, create] of Object.entries(ENGINES)) {
  describe(`a step of the ${name} engine is a step of Keras`, () => {
    it('in loss, gradients, moments, weights and moving statistics of a small network', async () => {
      const expected = golden<SmallStep>('step-small');
      const { loss, state } = await oneStep(create, expected);
      expect(loss).to.be.closeTo(expected.loss, 1e-5);
      for (const array of ARRAYS) {
        expect(state[array].length, array).to.equal(expected[array].length);
        state[array].forEach((value, index) => {
          expect(value, `${array}[${index}]`).to.be.closeTo(expected[array][index]!, 1e-5);
        });
      }
    });

    it('in sums and samples of the original network', async () => {
      const expected = golden<FullStep>('step-full');
      const { loss, state, shape } = await oneStep(create, expected);
      expect(loss).to.be.closeTo(expected.loss, 1e-5);
      for (const array of ARRAYS) {
        const variables: Variable[] = array === 'statistics' ? statisticVariables(shape) : trainableVariables(shape);
        variables.forEach((variable, index) => {
          const what = `${array} of ${variable.name} ${variable.layer}`;
          expectSummary(viewOf(state[array], variable), expected[array][index]!, what);
        });
      }
    });

    it('and four epochs with a partial batch are four epochs of fit', async () => {
      const expected = golden<Epochs>('epochs');
      const validation = batch(expected, expected.validationRows, expected.validationStart);
      const { engine } = await prepare(create, expected, expected.batchSize, validation);
      let iteration = 0;
      expected.trainLoss.forEach((trainLoss, index) => {
        for (let start = 0, step = 0; start < expected.rows; start += expected.batchSize, step++) {
          const rows = rowsFrom(start, Math.min(expected.rows, start + expected.batchSize));
          engine.trainBatch({ rows, epoch: index + 1, step, iteration: ++iteration, learningRate: Math.fround(0.001) });
        }
        const train = engine.takeSums();
        const checked = engine.validate();
        expect(train.loss / expected.rows).to.be.closeTo(trainLoss, 2e-5);
        expect(train.correct / expected.rows).to.be.closeTo(expected.trainAccuracy[index]!, 1e-6);
        expect(checked.loss / expected.validationRows).to.be.closeTo(expected.validationLoss[index]!, 2e-5);
        expect(checked.correct / expected.validationRows).to.be.closeTo(expected.validationAccuracy[index]!, 1e-6);
      });
      engine.dispose();
    });

    for (const expected of golden<Options[]>('options')) {
      const { classWeights, labelSmoothing, weightDecay } = expected;
      const described = `class weights ${classWeights}, label smoothing ${labelSmoothing}, weight decay ${weightDecay}`;
      it(`also with ${described}`, async () => {
        const options = { labelSmoothing, weightDecay, ...(classWeights === 'balanced' ? { classWeights } : {}) };
        const validation = batch(expected, expected.validationRows, expected.validationStart);
        const { engine } = await prepare(create, expected, expected.batchSize, validation, options);
        let iteration = 0;
        expected.trainLoss.forEach((trainLoss, index) => {
          for (let start = 0, step = 0; start < expected.rows; start += expected.batchSize, step++) {
            const rows = rowsFrom(start, Math.min(expected.rows, start + expected.batchSize));
            engine.trainBatch({
              rows,
              epoch: index + 1,
              step,
              iteration: ++iteration,
              learningRate: Math.fround(0.001),
            });
          }
          expect(engine.takeSums().loss / expected.rows).to.be.closeTo(trainLoss, 2e-5);
          expect(engine.validate().loss / expected.validationRows).to.be.closeTo(expected.validationLoss[index]!, 2e-5);
        });
        const { parameters } = engine.save();
        engine.dispose();
        expect(parameters.length).to.equal(expected.parameters.length);
        parameters.forEach((value, index) => expect(value).to.be.closeTo(expected.parameters[index]!, 2e-5));
      });
    }
  });
}

describe('balanced class weights', () => {
  it('are those of scikit-learn, and 0 for a class that does not occur', () => {
    const [expected] = golden<Options[]>('options') as [Options];
    const weights = balancedWeights(Int32Array.from(expected.labels), expected.classes);
    expect(weights.length).to.equal(expected.weights.length);
    weights.forEach((weight, label) => expect(weight).to.be.closeTo(expected.weights[label]!, 1e-6));
    expect(weights.filter((weight) => weight === 0)).to.have.length(4);
  });
});
