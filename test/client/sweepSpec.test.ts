import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { runCommand } from '../../client/runCommand.js';
import { runConfigOf, type RunOptions } from '../../client/runConfig.js';
import { readSweep, sweepConfig } from '../../client/sweepSpec.js';
import { augmentationsOf } from '../../core/contracts/trials.js';
import { settingsAt } from '../../core/contracts/trials.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';

const SPEC = {
  name: 'sweep',
  data: 'demo',
  base: { split: 'speaker', epochs: 20, seed: 3 },
  search: { learningRate: [0.001, '0.01'], layers: ['128:0.3,64', 'none'], classWeights: ['none', 'balanced'] },
};

/** 27 million combinations. */
const WIDE = Object.fromEntries(
  ['learningRate', 'weightDecay', 'labelSmoothing'].map((name) => [
    name,
    Array.from({ length: 300 }, (_, index) => (index + 1) / 1000),
  ]),
);

const configOf = (spec: object) => sweepConfig(JSON.stringify(spec), 'sweep.json', 'file:/store', '/home/me');
const trialsOf = (spec: object) => parseRanges(configOf(spec).experiment!.search!.points);

describe('the description of a sweep', () => {
  it('is a run with the values of options, as they stand in a configuration', () => {
    const config = configOf({ ...SPEC, folds: 6, inner: { folds: 4, split: 'random' }, metric: 'accuracy' });
    expect(config).to.deep.include({ name: 'sweep', split: { protocol: 'speaker', seed: 3 } });
    expect(config.training).to.include({ epochs: 20, seed: 3 });
    expect(config.experiment).to.deep.equal({
      folds: 6,
      search: {
        options: {
          learningRate: [0.001, 0.01],
          layers: [
            [
              { units: 128, dropout: 0.3 },
              { units: 64, dropout: 0 },
            ],
            [],
          ],
          classWeights: [null, 'balanced'],
        },
        points: '0-7',
        metric: 'accuracy',
        inner: { protocol: 'random', folds: 4 },
        keep: 0.5,
      },
    });
  });

  it('draws trials of a random search by its seed: distinct ones, the same for the same seed', () => {
    const drawn = (seed: number) => trialsOf({ ...SPEC, method: 'random', trials: 5, seed });
    expect(new Set(drawn(1)).size).to.equal(5);
    expect(drawn(1)).to.deep.equal(drawn(1));
    expect([0, 1, 2, 3, 4].map((seed) => drawn(seed).join())).to.satisfy((all: string[]) => new Set(all).size > 1);
  });

  const RANGES = {
    ...{ method: 'random', trials: 40 },
    search: {
      learningRate: { min: 1e-4, max: 1e-2, scale: 'log' },
      batch: { min: 16, max: 64 },
      weightDecay: { min: 0, max: 0.1 },
      classWeights: ['none', 'balanced'],
    },
  };

  it('draws numbers from ranges: whole where the option takes none other, and never the same trial twice', () => {
    const config = configOf({ ...SPEC, ...RANGES });
    const trials = trialsOf({ ...SPEC, ...RANGES }).map((point) => settingsAt(config, point).training);
    expect(new Set(trials.map((trial) => JSON.stringify(trial))).size).to.equal(40);
    for (const { learningRate, batchSize, weightDecay = 0 } of trials) {
      expect(learningRate).to.be.within(1e-4, 1e-2);
      expect(weightDecay).to.be.within(0, 0.1);
      expect(batchSize).to.be.within(16, 64).and.to.satisfy(Number.isInteger);
    }
    expect(trialsOf({ ...SPEC, ...RANGES })).to.deep.equal(trialsOf({ ...SPEC, ...RANGES }));
    expect(configOf({ ...SPEC, ...RANGES, seed: 1 })).not.to.deep.equal(config);
  });

  it('draws from lists that hold more combinations than could be put in an order', () => {
    const wide = { ...SPEC, search: { ...WIDE, epochs: [1, 2, 3] }, method: 'random', trials: 40 };
    const points = trialsOf(wide);
    expect(new Set(points).size).to.equal(40);
    expect(points.at(-1))
      .to.be.above(2 ** 24)
      .and.below(3 * 300 ** 3);
    expect(trialsOf(wide)).to.deep.equal(points);
  });

  it('repeats the search under so many seeds', () => {
    expect(configOf({ ...SPEC, seeds: 3 }).experiment).to.include({ seeds: 3 });
    const kept = configOf({ ...SPEC, base: { splitSeed: 1 }, seeds: 3 });
    expect(kept.experiment).to.include({ seeds: 3, sameSplits: true });
  });

  it('tries altered copies, of which all trials together need each once', () => {
    const config = configOf({ ...SPEC, search: { augment: ['none', 'noise:20', 'noise:20,pitch:2'] } });
    expect(augmentationsOf(config)).to.deep.equal([
      { kind: 'noise', amount: 20 },
      { kind: 'pitch', amount: 2 },
    ]);
    expect(settingsAt(config, 0).training).not.to.have.property('augment');
    expect(settingsAt(config, 1).training.augment).to.deep.equal([{ kind: 'noise', amount: 20 }]);
  });

  for (const [what, change, subject] of [
    ['an entry that is none', { metrics: 'accuracy' }, 'sweep.json'],
    ['an option that is none', { search: { rate: [1] } }, 'sweep.json: search'],
    [
      'a value that the option does not take',
      { search: { learningRate: [0.1, 'fast'] } },
      'sweep.json: search.learningRate (--learning-rate)',
    ],
    ['a layer that is none', { search: { layers: ['wide'] } }, 'sweep.json: search.layers (--layers)'],
    ['a feature set that nobody knows', { search: { features: ['mel'] } }, 'sweep.json: search.features'],
    ['a range of a grid', { search: { epochs: { min: 5, max: 9 } } }, 'sweep.json: method'],
    ['a range of words', { search: { layers: { min: 1, max: 2 } } }, 'sweep.json: search.layers'],
    ['a range that ends before it starts', { search: { epochs: { min: 9, max: 5 } } }, 'sweep.json: search.epochs'],
    ['a range without an end', { search: { epochs: { min: 9 } } }, 'sweep.json: search.epochs'],
    [
      'a range of factors from nothing',
      { search: { weightDecay: { min: 0, max: 0.1, scale: 'log' } } },
      'sweep.json: search.weightDecay',
    ],
    [
      'a bound that the option does not take',
      { search: { epochs: { min: 1.5, max: 9 } } },
      'sweep.json: search.epochs (--epochs)',
    ],
    [
      'more trials than its ranges hold',
      { method: 'random', trials: 4, search: { epochs: { min: 1, max: 3 } } },
      'sweep.json: trials',
    ],
    ['a value twice', { search: { epochs: [5, '5'] } }, 'sweep.json: search.epochs'],
    ['nothing to search', { search: {} }, 'sweep.json: search'],
    ['a random search without a number', { method: 'random' }, 'sweep.json: trials'],
    ['more trials than there are', { method: 'random', trials: 9 }, 'sweep.json: trials'],
    ['another number than the grid has', { trials: 3 }, 'sweep.json: trials'],
    ['a grid too large to lay out', { search: { ...WIDE, epochs: [1, 2, 3] } }, 'sweep.json: search'],
    ['a metric that is none', { metric: 'speed' }, 'sweep.json: metric'],
    ['a share that stops all', { stop: { keep: 0 } }, 'sweep.json: stop.keep'],
    ['a protocol that is none', { base: { split: 'moon' } }, 'sweep.json: base (--split)'],
    ['more trainings than there is room for', { folds: 50, stop: { keep: 1 } }, 'sweep.json: trials (--folds)'],
  ] as const) {
    it(`is refused by name with ${what}`, async () => {
      const error = await failureOf(() => configOf({ ...SPEC, ...change }));
      expect(error).to.include({ kind: 'BadConfig', subject });
    });
  }

  it('is refused in one line when it is no JSON', async () => {
    const error = await failureOf(() => sweepConfig('{\n"name":\nno', 'x.json', 'file:/s', '/'));
    expect(error).to.include({ kind: 'BadConfig', subject: 'x.json' });
    expect(error.what).to.match(/^is no JSON \(.*\)$/);
  });

  it('is refused with the reason when it cannot be read', async () => {
    const folder = scratchFolder();
    symlinkSync('circle.json', join(folder, 'circle.json'));
    for (const [name, what] of [
      ['nowhere.json', 'cannot be read: it is not there, or a link to nothing'],
      ['circle.json', 'cannot be read: its symbolic links go in a circle'],
      ['.', 'cannot be read: it is a folder'],
    ] as const) {
      const error = await failureOf(() => readSweep(name, folder));
      expect(error).to.include({ kind: 'BadConfig', subject: name, what });
    }
  });
});

describe('the command for a training like a trial', () => {
  /** The options of a command, as commander hands them over. */
  function optionsOf(command: string): RunOptions {
    const typed: Record<string, unknown> = {
      ...{ split: 'random', seed: '0', backend: 'auto', promote: 'never', maxRejected: '5%', shardsInFlight: '32' },
      onFailedShards: 'wait',
      data: [],
    };
    for (const [, flag, quoted, plain] of command.matchAll(/--([a-z-]+) (?:'([^']*)'|(\S+))/g)) {
      const name = flag!.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const value = quoted ?? plain!;
      if (name === 'data' || name === 'labelMap')
        typed[name] = [...((typed[name] as string[] | undefined) ?? []), value];
      else typed[name] = value;
    }
    return typed as RunOptions;
  }

  it('says all that its configuration does', () => {
    const search = {
      features: ['librosa195', 'functionals'],
      ...{ epochs: [10, 100], batch: [16, 32], learningRate: [0.001, 0.02], layers: ['none', '64,32:0.1'] },
      ...{ classWeights: ['none', 'balanced'], normalise: ['global', 'speaker'], ensemble: [1, 5] },
      ...{ weightDecay: [0, 0.1], labelSmoothing: [0, 0.2], augment: ['none', 'noise:20,gain:6'] },
    };
    const base = { split: 'sentence', seed: 4, splitSeed: 9 };
    const data = ['demo', '/a folder/of mine'];
    const config = configOf({ name: 'all', data, labelMap: ['joy=happy'], base, search, method: 'random', trials: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2047 }), (point) => {
        const { experiment, ...trial } = { ...config, ...settingsAt(config, point), name: 'one' };
        expect(experiment).not.to.equal(undefined);
        expect(runConfigOf(optionsOf(runCommand(trial)), 'file:/store', '/home/me')).to.deep.equal(trial);
      }),
    );
  });
});
