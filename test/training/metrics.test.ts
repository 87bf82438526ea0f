import { expect } from 'chai';
import { computeMetrics } from '../../core/training/metrics.js';
import { golden } from './helpers.js';

type Case = {
  truth: number[];
  probabilities: number[][];
  classes: number;
  accuracy: number;
  balancedAccuracy: number;
  logLoss: number;
  confusion: number[][];
  perClass: [number, number, number, number][];
  macro: [number, number, number];
  weighted: [number, number, number];
};

const CASES = [
  'all classes occur',
  'a class is absent from the truth',
  'a class is never predicted',
  'classes are absent from both',
  'all is right',
  'all is wrong',
];

describe('metrics are those of scikit-learn', () => {
  golden<Case[]>('metrics').forEach((expected, index) => {
    it(`when ${CASES[index]}`, () => {
      const labels = Array.from({ length: expected.classes }, (_, label) => `class ${label}`);
      const metrics = computeMetrics(labels, expected.truth, expected.probabilities.flat());
      expect(metrics.confusion).to.deep.equal(expected.confusion);
      expect(metrics.count).to.equal(expected.truth.length);
      for (const name of ['accuracy', 'balancedAccuracy', 'logLoss'] as const) {
        expect(metrics[name], name).to.be.closeTo(expected[name], 1e-12);
      }
      for (const average of ['macro', 'weighted'] as const) {
        const { precision, recall, f1 } = metrics[average];
        [precision, recall, f1].forEach((value, measure) => {
          expect(value, average).to.be.closeTo(expected[average][measure]!, 1e-12);
        });
      }
      metrics.perClass.forEach(({ precision, recall, f1, support }, label) => {
        [precision, recall, f1, support].forEach((value, measure) => {
          expect(value, `class ${label}`).to.be.closeTo(expected.perClass[label]![measure]!, 1e-12);
        });
      });
    });
  });

  it('and a certain prediction that is wrong costs a finite loss', () => {
    expect(computeMetrics(['a', 'b'], [0], [0, 1]).logLoss).to.be.closeTo(36.04, 0.01);
  });
});
