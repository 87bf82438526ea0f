import { expect } from 'chai';
import fc from 'fast-check';
import { parseDuration, parseShare, runConfigOf, type RunOptions } from '../../client/runConfig.js';
import { isRunName } from '../../core/contracts/names.js';
import { PRESETS } from '../../core/contracts/presets.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import { failureOf } from '../support/failureOf.js';

const TYPED: RunOptions = {
  data: ['demo'],
  name: 'test',
  features: 'librosa195',
  split: 'random',
  seed: '0',
  epochs: '100',
  batch: '32',
  learningRate: '0.001',
  backend: 'auto',
  promote: 'better',
  maxRejected: '5%',
  shardsInFlight: '32',
  onFailedShards: 'wait',
};

const configOf = (change: Partial<RunOptions> = {}) => runConfigOf({ ...TYPED, ...change }, 'file:/store', '/home/me');

describe('the configuration of a run', () => {
  it('is the original training where nothing else is typed', () => {
    expect(configOf()).to.deep.equal({
      name: 'test',
      store: 'file:/store',
      data: { sources: ['demo'], maxRejected: 0.05 },
      features: { set: 'librosa195' },
      split: { protocol: 'random', seed: 0 },
      training: { ...ORIGINAL_TRAINING, seed: 0 },
      backend: 'auto',
      promote: 'better',
      shardsInFlight: 32,
      onFailedShards: 'wait',
    });
  });

  it('is a preset where one is named, but for what is typed besides', () => {
    const bare = { ...TYPED };
    for (const option of ['features', 'epochs', 'batch', 'learningRate'] as const) delete bare[option];
    const presetOf = (typed: Partial<RunOptions> = {}) =>
      runConfigOf({ ...bare, preset: 'best', ...typed }, 'file:/store', '/home/me');
    const { best } = PRESETS;
    expect(presetOf()).to.deep.include({ preset: 'best', features: { set: best.features } });
    expect(presetOf().training).to.deep.equal({ ...best.training, seed: 0 });
    const own = presetOf({ features: 'meyda', ensemble: '1', layers: 'none' });
    expect(own.features).to.deep.equal({ set: 'meyda' });
    expect(own.training).to.deep.equal({ ...ORIGINAL_TRAINING, layers: [], seed: 0 });
  });

  it('refuses a preset that there is not', async () => {
    expect(await failureOf(() => configOf({ preset: 'fastest' }))).to.include({
      kind: 'BadConfig',
      subject: '--preset',
    });
  });

  it('takes one seed for everything, unless the split has its own', () => {
    const seeds = ({ split, training }: ReturnType<typeof configOf>) => [split.seed, training.seed];
    expect(seeds(configOf({ seed: '7' }))).to.deep.equal([7, 7]);
    expect(seeds(configOf({ seed: '7', splitSeed: '0' }))).to.deep.equal([0, 7]);
  });

  it('cuts folds from 1 on as people count, and leaves out the corpus that is named', () => {
    expect(configOf({ split: 'speaker', fold: '2/6' }).split).to.deep.equal({
      protocol: 'speaker',
      seed: 0,
      fold: { index: 1, of: 6 },
    });
    expect(configOf({ split: 'corpus', leaveOut: 'TESS' }).split).to.deep.equal({
      protocol: 'corpus',
      seed: 0,
      leaveOut: 'TESS',
    });
  });

  it('takes layers with their dropout, or none of them', () => {
    const layersOf = (layers: string) => configOf({ layers }).training.layers;
    expect(layersOf('256:0.3, 128')).to.deep.equal([
      { units: 256, dropout: 0.3 },
      { units: 128, dropout: 0 },
    ]);
    expect(layersOf('64:.25')).to.deep.equal([{ units: 64, dropout: 0.25 }]);
    expect(layersOf('none')).to.deep.equal([]);
  });

  it('holds each further option of the training that is typed', () => {
    const { training } = configOf({
      classWeights: 'balanced',
      normalise: 'speaker',
      ensemble: '5',
      weightDecay: '0.01',
      labelSmoothing: '0.1',
    });
    expect(training).to.deep.equal({
      ...ORIGINAL_TRAINING,
      seed: 0,
      classWeights: 'balanced',
      normalise: 'speaker',
      ensemble: 5,
      weightDecay: 0.01,
      labelSmoothing: 0.1,
    });
  });

  it('holds each altered copy that is typed, with its amount', () => {
    const { training } = configOf({ augment: 'noise:20, pitch:2,stretch:.1,gain:6,noise:10' });
    expect(training.augment).to.deep.equal([
      { kind: 'noise', amount: 20 },
      { kind: 'pitch', amount: 2 },
      { kind: 'stretch', amount: 0.1 },
      { kind: 'gain', amount: 6 },
      { kind: 'noise', amount: 10 },
    ]);
  });

  it('is the same whether what changes nothing is typed or not', () => {
    const neutral = {
      classWeights: 'none',
      normalise: 'global',
      ensemble: '1',
      weightDecay: '0',
      labelSmoothing: '0',
      augment: 'none',
    };
    expect(configOf(neutral)).to.deep.equal(configOf());
  });

  it('names data by absolute paths, since the worker stands elsewhere', () => {
    expect(configOf({ data: ['demo', 'corpus', '../b.zip', '/abs'] }).data.sources).to.deep.equal([
      'demo',
      '/home/me/corpus',
      '/home/b.zip',
      '/abs',
    ]);
  });

  it('has a name of corpus and date where none is typed, whatever the folder is called', () => {
    const unnamed = { ...TYPED };
    delete unnamed.name;
    const today = new Date().toISOString().slice(0, 10);
    expect(runConfigOf({ ...unnamed, data: ['Ravdess.zip'] }, 'file:/store', '/home/me').name).to.equal(
      `ravdess-${today}`,
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 4 }), (data) => {
        fc.pre(data.every((source) => !/[:\0]/.test(source)));
        expect(isRunName(runConfigOf({ ...unnamed, data }, 'file:/store', '/home/me').name)).to.equal(true);
      }),
    );
  });

  const refused: [keyof RunOptions, string, string, RegExp][] = [
    ['split', 'Random', '--split', /^got "Random": it takes random, speaker, sentence or corpus$/],
    ['seed', '-1', '--seed', /^got "-1": it takes a whole number from 0 to 2147483647$/],
    ['seed', '1.5', '--seed', /a whole number/],
    ['seed', '', '--seed', /^got "": it takes a whole number/],
    ['learningRate', ' ', '--learning-rate', /^got " ": it takes a number/],
    ['splitSeed', 'x', '--split-seed', /^got "x": it takes a whole number/],
    ['epochs', '0', '--epochs', /from 1 to 100000$/],
    ['epochs', 'many', '--epochs', /^got "many"/],
    ['batch', '0', '--batch', /from 1 to 65536$/],
    ['learningRate', '0', '--learning-rate', /^got "0": it takes a number above 0, at most 10$/],
    ['learningRate', '11', '--learning-rate', /at most 10$/],
    ['fold', '0/6', '--fold', /^got "0\/6": it takes one fold/],
    ['fold', '7/6', '--fold', /such as 1\/6$/],
    ['fold', '1/1', '--fold', /2 to 100/],
    ['leaveOut', 'TESS', '--leave-out', /^got "TESS": it goes with --split corpus, and not with --fold$/],
    ['layers', '256,', '--layers', /^got "256,": "" is no layer; it takes 256,128 or/],
    ['layers', '256:1', '--layers', /"256:1" is no layer/],
    ['layers', '0', '--layers', /"0" is no layer/],
    ['classWeights', 'even', '--class-weights', /it takes none or balanced$/],
    ['normalise', 'corpus', '--normalise', /it takes global or speaker$/],
    ['ensemble', '0', '--ensemble', /from 1 to 100$/],
    ['weightDecay', '1', '--weight-decay', /at least 0 and below 1$/],
    ['labelSmoothing', '-0.1', '--label-smoothing', /at least 0 and below 1$/],
    ['augment', 'noise', '--augment', /"noise" is no augmentation; it takes noise:0-100, pitch:0-12/],
    ['augment', 'pitch:13', '--augment', /"pitch:13" is no augmentation/],
    ['augment', 'echo:1', '--augment', /"echo:1" is no augmentation/],
    ['augment', 'gain:6,gain:6', '--augment', /gain:6 is there twice$/],
    ['promote', 'yes', '--promote', /it takes better, higher, always or never$/],
    ['maxRejected', '101%', '--max-rejected', /^got "101%"$/],
    ['maxRejected', '-1', '--max-rejected', /^got "-1"$/],
    ['shardsInFlight', '0', '--shards-in-flight', /from 1 to 1000$/],
    ['onFailedShards', 'stop', '--on-failed-shards', /it takes wait, skip or fail$/],
    ['waitAtMost', 'soon', '--wait-at-most', /^got "soon"$/],
    ['name', 'a/b', 'a/b', /^is no name for a run$/],
    ['name', '', '', /^is no name for a run$/],
  ];
  for (const [option, typed, subject, what] of refused) {
    it(`is refused with ${option} "${typed}", naming the option, what it got and what it takes`, async () => {
      const failure = await failureOf(() => configOf({ [option]: typed }));
      expect(failure.kind).to.equal('BadConfig');
      expect(failure.subject).to.equal(subject);
      expect(failure.what).to.match(what);
      expect(failure.remedy).not.to.equal('');
    });
  }
});

describe('a share', () => {
  it('is written in percent or as a number', () => {
    for (const [text, share] of [
      ['5%', 0.05],
      ['5 %', 0.05],
      ['0.05', 0.05],
      ['0', 0],
      ['100%', 1],
      ['2.5%', 0.025],
    ] as const) {
      expect(parseShare('--max-rejected', text), text).to.be.closeTo(share, 1e-15);
    }
  });

  it('is refused beyond 0 and 1, and as anything else', async () => {
    for (const text of ['', '%', '1.01', '5 percent', 'NaN', '1e-2', '5%%']) {
      expect((await failureOf(() => parseShare('--max-rejected', text))).subject, text).to.equal('--max-rejected');
    }
  });
});

describe('a span of time', () => {
  it('is written in seconds, minutes, hours or days', () => {
    const seconds = ['90s', '30m', '12h', '7d', '1.5h'].map((text) => parseDuration('--wait-at-most', text));
    expect(seconds).to.deep.equal([90, 1800, 43_200, 604_800, 5400]);
  });

  it('is refused when it is none, or no time at all', async () => {
    for (const text of ['', '5', 'm', '0s', '-1h', '1w']) {
      expect((await failureOf(() => parseDuration('--wait-at-most', text))).kind, text).to.equal('BadConfig');
    }
  });
});
