import { expect } from 'chai';
import type { Augmentation } from '../../core/contracts/training.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import {
  catalogueSpec,
  evaluationSpec,
  modelSpec,
  planSpec,
  reportSpec,
  shardSpec,
  splitSpec,
} from '../../core/contracts/stages.js';
import { locateStage } from '../../core/store/stage.js';
import { runConfig } from '../support/runConfig.js';

type World = {
  recordings: string;
  sha256s: string[];
  featureSet: { name: string; version: number };
  config: RunConfig;
  backend: string;
  programVersion: string;
};

const world: World = {
  recordings: 'digest',
  sha256s: ['aa', 'bb'],
  featureSet: { name: 'librosa195', version: 1 },
  config: runConfig(),
  backend: 'fused',
  programVersion: '0.1.0',
};

/** Keys of split and model in this world by version 0.1.0 before it knew folds. */
const BEFORE_FOLDS = [
  '9f23ddaf3a0fda292e3173ecd728abe61ba7d31ff05b6ec502a005cc7218f92b',
  '45536391549bbc9b558be477e0766c84b752bfc0f3534a50b62556bf123fb068',
];

/** The keys of all stages, as a run derives them from one another. */
function keysOf({ recordings, sha256s, featureSet, config, backend, programVersion }: World) {
  const key = (spec: Parameters<typeof locateStage>[0]) => locateStage(spec).key;
  const catalogue = key(catalogueSpec(recordings));
  const split = key(splitSpec(catalogue, featureSet, config.split));
  const model = key(modelSpec(split, config.training, backend));
  const evaluation = key(evaluationSpec(model, split));
  return {
    catalogue,
    plan: key(planSpec(catalogue, featureSet)),
    shard: key(shardSpec(sha256s, featureSet)),
    split,
    model,
    evaluation,
    report: key(reportSpec(evaluation, config, programVersion)),
  };
}

/** The stages whose key differs in another world. */
function changedBy(change: Partial<World>): string[] {
  const before = keysOf(world);
  const after = keysOf({ ...world, ...change });
  return Object.keys(before).filter(
    (stage) => before[stage as keyof typeof before] !== after[stage as keyof typeof after],
  );
}

const withConfig = (change: Partial<RunConfig>) => changedBy({ config: { ...world.config, ...change } });

describe('the key of a stage', () => {
  it('is the same for the same parts', () => {
    expect(changedBy({})).to.deep.equal([]);
    expect(keysOf(structuredClone(world))).to.deep.equal(keysOf(world));
  });

  it('changes from the split on when the seed of the split does, never before', () => {
    expect(withConfig({ split: { protocol: 'random', seed: 1 } })).to.deep.equal([
      'split',
      'model',
      'evaluation',
      'report',
    ]);
    const others: RunConfig['split'][] = [
      { protocol: 'speaker', seed: 0 },
      { protocol: 'random', seed: 0, fold: { index: 0, of: 6 } },
      { protocol: 'corpus', seed: 0, leaveOut: 'TESS' },
    ];
    for (const split of others) {
      expect(withConfig({ split }), JSON.stringify(split)).to.deep.equal(['split', 'model', 'evaluation', 'report']);
    }
  });

  it('stays what it was before there were folds and further options, so that old runs are found again', () => {
    const { split, model } = keysOf(world);
    expect([split, model]).to.deep.equal(BEFORE_FOLDS);
  });

  it('changes from the model on when a setting of the training or the backend does', () => {
    const fromModel = ['model', 'evaluation', 'report'];
    const { training } = world.config;
    const changes: Partial<RunConfig['training']>[] = [
      { seed: 1 },
      { epochs: 7 },
      { batchSize: 16 },
      { learningRate: 0.01 },
      { layers: [] },
      { classWeights: 'balanced' },
      { normalise: 'speaker' },
      { ensemble: 3 },
      { weightDecay: 0.01 },
      { labelSmoothing: 0.1 },
      { augment: [{ kind: 'noise', amount: 20 }] },
    ];
    for (const change of changes) {
      expect(withConfig({ training: { ...training, ...change } }), JSON.stringify(change)).to.deep.equal(fromModel);
    }
    expect(changedBy({ backend: 'cpu' })).to.deep.equal(fromModel);
  });

  it('changes everywhere but in the shards of other recordings when the catalogue does', () => {
    expect(changedBy({ recordings: 'other' })).to.deep.equal([
      'catalogue',
      'plan',
      'split',
      'model',
      'evaluation',
      'report',
    ]);
  });

  it('changes in one shard only when its recordings do', () => {
    expect(changedBy({ sha256s: ['aa', 'bb', 'cc'] })).to.deep.equal(['shard']);
  });

  it('changes everywhere but in the catalogue when the feature set or its version does', () => {
    const fromPlan = ['plan', 'shard', 'split', 'model', 'evaluation', 'report'];
    expect(changedBy({ featureSet: { name: 'librosa195', version: 2 } })).to.deep.equal(fromPlan);
    expect(changedBy({ featureSet: { name: 'meyda', version: 1 } })).to.deep.equal(fromPlan);
  });

  it('changes in plan and shards when copies are altered, never in those of the recordings as they are', () => {
    const key = (spec: Parameters<typeof locateStage>[0]) => locateStage(spec).key;
    const { featureSet, sha256s } = world;
    const [quiet, loud] = [20, 10].map((amount) => ({ kind: 'noise', amount }) as const) as [
      Augmentation,
      Augmentation,
    ];
    const plans = [[], [quiet], [loud], [quiet, loud]].map((augment) =>
      key(planSpec('catalogue', featureSet, augment)),
    );
    const shards = [undefined, quiet, loud].map((augment) => key(shardSpec(sha256s, featureSet, augment)));
    expect(new Set(plans).size).to.equal(4);
    expect(new Set(shards).size).to.equal(3);
    expect(plans[0]).to.equal(key(planSpec('catalogue', featureSet)));
    expect(shards[0]).to.equal(key(shardSpec(sha256s, featureSet)));
  });

  it('changes in the report alone when the run has another name or the program another version', () => {
    expect(withConfig({ name: 'other' })).to.deep.equal(['report']);
    expect(changedBy({ programVersion: '0.2.0' })).to.deep.equal(['report']);
  });

  it('does not depend on how fast the run is asked to be', () => {
    expect(withConfig({ shardsInFlight: 1 })).to.deep.equal([]);
  });
});
