import { join } from 'node:path';
import { expect } from 'chai';
import { readSplit } from '../../activities/objects/splitObject.js';
import { readStageOutput } from '../../activities/objects/stageOutput.js';
import type { SplitConfig } from '../../core/contracts/splits.js';
import { ORIGINAL_TRAINING, type Metrics, type TrainingParameters } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { activitiesOver, createInlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';
import { type FeatureOf, storeFeatures, telling } from '../support/storedFeatures.js';
import { recording } from '../support/storedRun.js';

const TRAINING: TrainingParameters = { ...ORIGINAL_TRAINING, layers: [{ units: 6, dropout: 0 }], epochs: 2, seed: 0 };

/** Of six speakers, who say two of three emotions. */
const ROWS = Array.from({ length: 60 }, (_, number) =>
  recording(number, { speaker: `TEST-${number % 6}`, emotion: number % 2 === 0 ? 'angry' : 'sad' }),
);

describe('small data', () => {
  let store: ObjectStore;

  beforeEach(async () => {
    store = await openStore({ url: join(scratchFolder(), 'store') });
  });

  /** From the split to the evaluation. */
  async function run(rows: readonly Utterance[], split: SplitConfig, featureOf: FeatureOf = telling) {
    const activities = activitiesOver(store, createInlinePool(store));
    const { catalogue, plan } = await storeFeatures(store, rows, featureOf);
    const parts = await activities.splitUtterances({ catalogue, plan, split, skipped: '' });
    const model = await activities.trainModel({ plan, split: parts.key, training: TRAINING, backend: 'fused' });
    const evaluation = await activities.evaluateModel({ plan, split: parts.key, model: model.key });
    const bytes = await readStageOutput(store, `evaluations/${evaluation.key}`, 'metrics.json');
    const metrics = JSON.parse(new TextDecoder().decode(bytes)) as Metrics;
    return { note: parts.note, split: await readSplit(store, parts.key), metrics };
  }

  const failureOf = async (...parameters: Parameters<typeof run>) =>
    (await run(...parameters).catch((error: unknown) => error)) as Error & { type?: string };

  it('of a class with one recording is refused by name, or trained on where its speaker is', async () => {
    const rows = [...ROWS, recording(60, { emotion: 'calm', speaker: 'TEST-0' })];
    const refused = await failureOf(rows, { protocol: 'random', seed: 0 });
    expect(refused).to.include({ type: 'DataRefused' });
    expect(refused.message).to.match(/^calm: the class has 1 usable recording, a split needs at least 3/);

    const folds = await Promise.all(
      [0, 1, 2].map((index) => run(rows, { protocol: 'speaker', seed: 0, fold: { index, of: 3 } })),
    );
    for (const { note, split, metrics } of folds) {
      const calm = split.filter(({ emotion }) => emotion === 'calm');
      if (calm.length === 0) expect(note).to.match(/1 of classes without training are in no part$/);
      else expect(calm[0]!.part).to.equal('train');
      expect(metrics.labels.includes('calm')).to.equal(calm.length === 1);
      expect(metrics.count).to.be.above(0);
    }
  });

  it('of a speaker with one emotion is split, trained on and evaluated like any other', async () => {
    const rows = [
      ...ROWS,
      ...[60, 61, 62, 63].map((number) => recording(number, { emotion: 'sad', speaker: 'TEST-9' })),
    ];
    const { split, metrics } = await run(rows, { protocol: 'speaker', seed: 0 });
    expect(split).to.have.length(64);
    expect(Number.isFinite(metrics.logLoss)).to.equal(true);
  });

  it('of a fold that lacks a class has no support for it, and finite scores', async () => {
    const rows = [...ROWS, ...[60, 61, 62].map((number) => recording(number, { emotion: 'calm', speaker: 'TEST-0' }))];
    const folds = await Promise.all(
      [0, 1, 2, 3].map((index) => run(rows, { protocol: 'random', seed: 0, fold: { index, of: 4 } })),
    );
    const supports = folds.map(({ metrics }) => metrics.perClass.find(({ label }) => label === 'calm')!.support);
    expect(supports.sort()).to.deep.equal([0, 1, 1, 1]);
    for (const { metrics } of folds) expect(Number.isFinite(metrics.macro.f1 + metrics.logLoss)).to.equal(true);
  });

  it('with features that never differ is trained on what is left', async () => {
    const constant: FeatureOf = (row, column) => (column % 2 === 0 ? 3.7 : telling(row, column));
    const { metrics } = await run(ROWS, { protocol: 'random', seed: 0 }, constant);
    expect(Number.isFinite(metrics.logLoss)).to.equal(true);
    const nothing = await run(ROWS, { protocol: 'random', seed: 1 }, () => 1);
    expect(Number.isFinite(nothing.metrics.logLoss)).to.equal(true);
  });

  it('with a feature that is no number is refused, by row and column', async () => {
    const hole: FeatureOf = (row, column) =>
      row.path === 'recording-7.wav' && column === 5 ? Number.NaN : telling(row, column);
    const refused = await failureOf(ROWS, { protocol: 'random', seed: 0 }, hole);
    expect(refused).to.include({ type: 'BadInput', nonRetryable: true });
    expect(refused.message).to.match(/NaN in (row \d+, )?column 5/);
  });
});
