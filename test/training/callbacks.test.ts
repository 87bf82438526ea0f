import { expect } from 'chai';
import { afterEpochPlateau, afterEpochStopping, startPlateau, startStopping } from '../../core/training/callbacks.js';
import { golden } from './helpers.js';

type Case = {
  losses: number[];
  patience: number;
  plateauPatience: number;
  minLearningRate: number;
  learningRates: number[];
  bestEpoch: number;
};

const CASES = ['falls and then stands', 'creeps', 'goes up and down', 'meets a short patience', 'is always the same'];

describe('early stopping and plateau are those of Keras', () => {
  golden<Case[]>('callbacks').forEach((expected, index) => {
    it(`when the validation loss ${CASES[index]}`, () => {
      let stopping = startStopping();
      let plateau = startPlateau(0.001);
      const learningRates: number[] = [];
      for (const [position, loss] of expected.losses.entries()) {
        learningRates.push(plateau.learningRate);
        stopping = afterEpochStopping(stopping, loss, position + 1);
        plateau = afterEpochPlateau(plateau, loss, {
          patience: expected.plateauPatience,
          factor: 0.5,
          minimum: expected.minLearningRate,
        });
        if (stopping.wait >= expected.patience) break;
      }
      expect(learningRates).to.deep.equal(expected.learningRates);
      expect(stopping.bestEpoch).to.equal(expected.bestEpoch);
    });
  });
});
