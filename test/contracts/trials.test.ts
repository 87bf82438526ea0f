import { expect } from 'chai';
import fc from 'fast-check';
import { type SearchConfig, type SearchOptions, spreadOfValues } from '../../core/contracts/experiment.js';
import {
  chooseTrial,
  describeChoices,
  describePoint,
  gridSize,
  possibleRuns,
  rankTrials,
  repetitionsOf,
  settingsAt,
  trainingsOf,
  type TrialRun,
  valuesAt,
} from '../../core/contracts/trials.js';
import { formatRanges } from '../../core/contracts/ranges.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { runConfig } from '../support/runConfig.js';

const OPTIONS: SearchOptions = {
  features: ['librosa195', 'functionals'],
  learningRate: [0.001, 0.01, 0.1],
  classWeights: [null, 'balanced'],
};

const searchOf = (change: Partial<SearchConfig> = {}): SearchConfig => ({
  options: OPTIONS,
  points: `0-${gridSize(OPTIONS) - 1}`,
  metric: 'macroF1',
  inner: { protocol: 'random', folds: 3 },
  keep: 0.5,
  ...change,
});

const configOf = (search: SearchConfig, folds?: number): RunConfig =>
  runConfig({ experiment: { search, ...(folds === undefined ? {} : { folds }) } });

const [repetition] = repetitionsOf(runConfig());

describe('the repetitions of an experiment', () => {
  it('are one test part a fold and seed, under seeds that follow that of the run', () => {
    const config = runConfig({ split: { protocol: 'speaker', seed: 7 }, experiment: { folds: 2, seeds: 2 } });
    expect(repetitionsOf(config)).to.deep.equal([
      { seed: 0, split: { protocol: 'speaker', seed: 7, fold: { index: 0, of: 2 } } },
      { seed: 0, split: { protocol: 'speaker', seed: 7, fold: { index: 1, of: 2 } } },
      { seed: 1, split: { protocol: 'speaker', seed: 8, fold: { index: 0, of: 2 } } },
      { seed: 1, split: { protocol: 'speaker', seed: 8, fold: { index: 1, of: 2 } } },
    ]);
  });

  it('keep the split where its seed was given', () => {
    const splits = repetitionsOf(runConfig({ experiment: { seeds: 3, sameSplits: true } })).map(({ split }) => split);
    expect(splits).to.deep.equal(Array(3).fill({ protocol: 'random', seed: 0 }));
  });
});

describe('the grid of a search', () => {
  it('has every combination once, the last option changing fastest', () => {
    const all = Array.from({ length: gridSize(OPTIONS) }, (_, point) => JSON.stringify(valuesAt(OPTIONS, point)));
    expect(new Set(all).size).to.equal(12);
    expect(valuesAt(OPTIONS, 0)).to.deep.equal({ features: 'librosa195', learningRate: 0.001, classWeights: null });
    expect(valuesAt(OPTIONS, 1)).to.include({ learningRate: 0.001, classWeights: 'balanced' });
    expect(valuesAt(OPTIONS, 11)).to.deep.equal({
      features: 'functionals',
      learningRate: 0.1,
      classWeights: 'balanced',
    });
  });

  it('gives settings in which an option that is left out is absent, so that keys do not change', () => {
    const { features, training } = settingsAt(configOf(searchOf()), 0);
    expect(features.set).to.equal('librosa195');
    expect(training).to.deep.equal(runConfig().training);
    expect(settingsAt(configOf(searchOf()), 1).training).to.include({ classWeights: 'balanced' });
  });

  it('names a place by its values, as they are typed', () => {
    const layers = [
      [
        { units: 256, dropout: 0.3 },
        { units: 64, dropout: 0 },
      ],
      [],
    ];
    expect(describePoint({ ...OPTIONS, layers }, 0)).to.equal(
      'features librosa195, learningRate 0.001, classWeights none, layers 256:0.3,64',
    );
    expect(describePoint({ layers }, 1)).to.equal('layers none');
  });

  it('are told by what each option may be, the first ones of many', () => {
    expect(describeChoices(OPTIONS)).to.deep.equal([
      'features librosa195 or functionals',
      'learningRate 0.001 or 0.01 or 0.1',
      'classWeights none or balanced',
    ]);
    const sizes = Array.from({ length: 10 }, (_, index) => index);
    expect(describeChoices({ batchSize: sizes })).to.deep.equal(['batchSize 0 or 1 or 2 or 3 or 4 or 5 or 4 more']);
  });
});

describe('the choice of a trial', () => {
  const choose = async (search: SearchConfig, scoreOf: (point: number, fold: number) => number | undefined) => {
    const asked: TrialRun[] = [];
    const choice = await chooseTrial(configOf(search), search, repetition!, (run, point) => {
      asked.push(run);
      return Promise.resolve(scoreOf(point, run.split.inner!.index));
    });
    return { ...choice, asked };
  };

  it('halves the trials after each inner fold and takes the best of those that went through all', async () => {
    const { trials, chosen, asked } = await choose(searchOf(), (point) => point / 100);
    expect(chosen).to.equal(11);
    expect(trials.map(({ scores }) => scores.length)).to.deep.equal([1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    expect(asked).to.have.length(12 + 6 + 3);
  });

  it('looks at inner folds of what is not tested, and nowhere else', async () => {
    const { asked } = await choose(searchOf({ inner: { protocol: 'speaker', folds: 3 } }), () => 0.5);
    for (const { split } of asked) {
      expect(split.inner).to.include({ protocol: 'speaker', of: 3 });
      expect({ ...split, inner: undefined }).to.deep.equal({ ...repetition!.split, inner: undefined });
    }
  });

  it('takes the first of equals, the lowest log loss, and nothing that could not be trained', async () => {
    expect((await choose(searchOf(), () => 0.5)).chosen).to.equal(0);
    expect((await choose(searchOf({ metric: 'logLoss' }), (point) => Math.abs(point - 7))).chosen).to.equal(7);
    const diverging = await choose(searchOf(), (point) => (point === 4 ? 0.1 : undefined));
    expect(diverging.chosen).to.equal(4);
  });

  it('is the same in whatever order the scores come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 36, maxLength: 36 }),
        async (scores) => {
          const scoreOf = (point: number, fold: number) => scores[3 * point + fold];
          const search = searchOf();
          const one = await chooseTrial(configOf(search), search, repetition!, (run, point) =>
            Promise.resolve(scoreOf(point, run.split.inner!.index)),
          );
          const held: (() => void)[] = [];
          const other = chooseTrial(configOf(search), search, repetition!, async (run, point) => {
            await new Promise<void>((resolve) => {
              held.push(resolve);
              setImmediate(() => held.pop()?.());
            });
            return scoreOf(point, run.split.inner!.index);
          });
          expect(await other).to.deep.equal(one);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('asks for no more trainings than are counted beforehand, and for none that is not foreseen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1 }),
        fc.integer({ min: 2, max: 5 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        async (points, folds, keep) => {
          const search = searchOf({
            points: formatRanges([...points].sort((a, b) => a - b)),
            inner: { protocol: 'random', folds },
            keep,
          });
          const config = configOf(search, 2);
          const foreseen = new Set(possibleRuns(config).map((run) => JSON.stringify(run)));
          let asked = repetitionsOf(config).length;
          for (const one of repetitionsOf(config)) {
            const { chosen } = await chooseTrial(config, search, one, (run, point) => {
              asked += 1;
              expect(foreseen.has(JSON.stringify(run))).to.equal(true);
              return Promise.resolve(point / 100);
            });
            expect(points).to.include(chosen);
          }
          expect(asked).to.equal(trainingsOf(config));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('prefers, over all repetitions, what went through most inner folds, then what was best on them', () => {
    const ranked = rankTrials(
      [
        {
          trials: [
            { point: 0, scores: [0.9] },
            { point: 1, scores: [0.4, 0.4] },
            { point: 2, scores: [0.5, 0.5] },
          ],
          chosen: 2,
        },
        {
          trials: [
            { point: 0, scores: [0.9] },
            { point: 1, scores: [0.6, 0.6] },
            { point: 2, scores: [0.4, 0.4] },
          ],
          chosen: 1,
        },
      ],
      { metric: 'macroF1' },
    );
    expect(ranked.map(({ point }) => point)).to.deep.equal([1, 2, 0]);
  });
});

describe('mean and deviation', () => {
  it('are those of a sample, and of one value there is no deviation', () => {
    expect(spreadOfValues([1, 2, 3, 4])).to.deep.equal({ mean: 2.5, deviation: Math.sqrt(5 / 3) });
    expect(spreadOfValues([0.3])).to.deep.equal({ mean: 0.3, deviation: 0 });
  });
});
