import { expect } from 'chai';
import fc from 'fast-check';
import type { TestedUtterance } from '../../core/contracts/report.js';
import { wilsonInterval } from '../../core/reports/interval.js';
import { testedFigures } from '../../core/reports/testedFigures.js';

function answer(confidence: number, right: boolean, facts: Partial<TestedUtterance> = {}): TestedUtterance {
  return {
    path: 'a.wav',
    audio: 'audio/a.wav',
    corpus: 'TESS',
    speaker: 'TESS-OAF',
    sex: 'female',
    emotion: 'calm',
    predicted: right ? 'calm' : 'sad',
    probabilities: right ? [confidence, 1 - confidence] : [1 - confidence, confidence],
    ...facts,
  };
}

describe('testedFigures', () => {
  it('bins answers by confidence and weighs the gaps by the answers in each bin', () => {
    const { calibration, expectedCalibrationError } = testedFigures([
      answer(0.94, true),
      answer(0.97, true),
      answer(1, false),
      answer(0.6, false),
    ]);
    expect(calibration.map(({ count, accuracy }) => [count, accuracy])).to.deep.equal([
      [1, 0],
      [3, 2 / 3],
    ]);
    expect(calibration[1]?.confidence).to.be.closeTo(2.91 / 3, 1e-12);
    expect(expectedCalibrationError).to.be.closeTo((0.6 + 3 * (2.91 / 3 - 2 / 3)) / 4, 1e-12);
  });

  it('scores groups and leaves out recordings whose group is not known', () => {
    const { corpora, sexes, speakers } = testedFigures([
      answer(0.9, true),
      answer(0.9, false),
      answer(0.9, true, { corpus: 'RAVDESS', speaker: 'RAVDESS-01', sex: '' }),
    ]);
    expect(corpora.map(({ name, accuracy }) => [name, accuracy])).to.deep.equal([
      ['RAVDESS', 1],
      ['TESS', 0.5],
    ]);
    expect(sexes.map(({ name, count }) => [name, count])).to.deep.equal([['TESS, female', 2]]);
    expect(speakers.map(({ name }) => name)).to.deep.equal(['TESS-OAF', 'RAVDESS-01']);
  });

  it('scores the sexes within each corpus, since one may be of women alone', () => {
    const sexesOf = (others: ReturnType<typeof answer>[]) =>
      testedFigures([answer(0.9, true), ...others]).sexes.map(({ name }) => name);
    const man = answer(0.9, true, { corpus: 'RAVDESS', speaker: 'RAVDESS-01', sex: 'male' });
    expect(sexesOf([])).to.deep.equal(['female']);
    expect(sexesOf([man])).to.deep.equal(['RAVDESS, male', 'TESS, female']);
  });

  it('draws whole speakers for the interval of a group of many, which is wider than as if recordings were independent', () => {
    const answers = Array.from({ length: 200 }, (_, index) => {
      const speaker = Math.floor(index / 20);
      return answer(0.9, speaker < 7, { path: `${index}.wav`, speaker: `speaker ${speaker}` });
    });
    const { interval } = testedFigures(answers).corpora[0]!;
    const independent = wilsonInterval(0.7, 200);
    expect(interval.high - interval.low).to.be.above(3 * (independent.high - independent.low));
  });

  it('lists the most confident mistakes first, and no right answer', () => {
    const { mistakes } = testedFigures([
      answer(0.99, true),
      answer(0.7, false, { path: 'b.wav' }),
      answer(0.8, false, { path: 'c.wav' }),
    ]);
    expect(mistakes.map(({ path, probability }) => [path, probability])).to.deep.equal([
      ['c.wav', 0.8],
      ['b.wav', 0.7],
    ]);
  });

  it('does not depend on the order of the answers', () => {
    const answers = fc.array(
      fc.record({ confidence: fc.integer({ min: 50, max: 100 }), right: fc.boolean(), name: fc.nat(50) }),
    );
    fc.assert(
      fc.property(answers, (drawn) => {
        const unique = drawn.map(({ confidence, right, name }, index) =>
          answer(confidence / 100, right, { path: `${index}.wav`, speaker: `speaker ${name}` }),
        );
        expect(testedFigures([...unique].reverse())).to.deep.equal(testedFigures(unique));
      }),
    );
  });

  it('has nothing to say of no answers', () => {
    expect(testedFigures([])).to.deep.include({ calibration: [], expectedCalibrationError: 0, mistakes: [] });
  });
});
