import { join } from 'node:path';
import { expect } from 'chai';
import { readFeatures, rowsOf } from '../../activities/objects/featureTable.js';
import { readPlan } from '../../activities/objects/planObject.js';
import { readSplit } from '../../activities/objects/splitObject.js';
import { readStageOutput } from '../../activities/objects/stageOutput.js';
import type { RunConfig } from '../../core/contracts/runs.js';
import { ORIGINAL_TRAINING, type TrainingParameters } from '../../core/contracts/training.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import type { Breakdown } from '../../core/reports/breakdown.js';
import { doublesOf, readParquet, stringsOf } from '../../core/store/parquet.js';
import { measuresSpeakers, readBundle } from '../../core/training/bundle.js';
import { createPredictor } from '../../core/training/predictor.js';
import { normaliseBySpeaker } from '../../core/training/speakerNormalisation.js';
import { activitiesOver, createInlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';
import { storeFeatures, telling } from '../support/storedFeatures.js';
import { recording } from '../support/storedRun.js';

const TRAINING: TrainingParameters = {
  ...ORIGINAL_TRAINING,
  layers: [{ units: 8, dropout: 0 }],
  epochs: 6,
  seed: 0,
  normalise: 'speaker',
};
const ROWS = Array.from({ length: 150 }, (_, number) => recording(number, { speaker: `TEST-${number % 7}` }));

async function trained(store: ObjectStore, rows = ROWS, split: RunConfig['split'] = { protocol: 'random', seed: 0 }) {
  const activities = activitiesOver(store, createInlinePool(store));
  const { catalogue, plan } = await storeFeatures(store, rows, telling);
  const parts = await activities.splitUtterances({ catalogue, plan, split, skipped: '' });
  const model = await activities.trainModel({ plan, split: parts.key, training: TRAINING, backend: 'fused' });
  const evaluation = await activities.evaluateModel({ plan, split: parts.key, model: model.key });
  return { activities, plan, split: parts.key, model: model.key, evaluation: evaluation.key };
}

describe('a model that measures speakers', () => {
  let store: ObjectStore;
  let run: Awaited<ReturnType<typeof trained>>;

  before(async () => {
    store = await openStore({ url: join(scratchFolder(), 'store') });
    run = await trained(store);
  });

  it('is evaluated on what all recordings of its speakers were measured against', async () => {
    const plan = await readPlan(store, run.plan);
    const split = await readSplit(store, run.split);
    const bundle = await readBundle((name) => readStageOutput(store, `models/${run.model}`, name));
    expect(measuresSpeakers(bundle)).to.equal(true);
    const all = split.map(({ sha256 }) => sha256);
    const speakers = all.map((sha256) => ROWS.find((row) => row.sha256 === sha256)!.speaker);
    const { columns } = bundle.metadata.featureSet;
    const features = rowsOf(await readFeatures(store, plan, columns, all), all);
    const probabilities = createPredictor(bundle)(normaliseBySpeaker(features, columns.length, speakers), all.length);
    const table = await readParquet(
      await readStageOutput(store, `evaluations/${run.evaluation}`, 'predictions.parquet'),
    );
    const answered = bundle.labels.map((label) => doublesOf(table, `p_${label}`));
    expect(table.rowCount).to.be.above(20);
    stringsOf(table, 'sha256').forEach((sha256, answer) => {
      const row = all.indexOf(sha256);
      expect(answered.map((shares) => shares[answer])).to.deep.equal([
        ...probabilities.subarray(row * 3, (row + 1) * 3),
      ]);
    });
  });

  it('is scored by corpus and sex, with the calibration of its answers', async () => {
    const bytes = await readStageOutput(store, `evaluations/${run.evaluation}`, 'breakdown.json');
    const breakdown = JSON.parse(new TextDecoder().decode(bytes)) as Breakdown;
    const tested = breakdown.calibration.curve.reduce((sum, { count }) => sum + count, 0);
    expect(breakdown.corpora.map(({ name, count, speakers }) => [name, count, speakers])).to.deep.equal([
      ['TEST', tested, 7],
    ]);
    expect(breakdown.sexes).to.deep.equal([]);
    expect(breakdown.intervals).to.deep.include({ byRecording: ['TEST'] });
  });

  it('competes with a champion of its kind on what both can answer', async () => {
    const { activities, plan } = run;
    const promoted = await activities.promoteModel({ run: 'first', policy: 'better', ...run });
    expect(promoted).to.include({ promoted: true });
    const grown = [...ROWS, recording(150, { speaker: 'TEST-0' }), recording(151, { speaker: 'TEST-1' })];
    const other = await trained(store, grown);
    const { comparison } = await activities.promoteModel({ run: 'second', policy: 'higher', ...other });
    expect(comparison?.recordings).to.be.above(10);
    expect(other.plan).not.to.equal(plan);
  });

  it('is not trained where a speaker has one recording, and says whose', async () => {
    const other = await openStore({ url: join(scratchFolder(), 'store') });
    const lonely = [...ROWS, recording(150, { speaker: 'TEST-99' })];
    const failure = (await trained(other, lonely).catch((error: unknown) => error)) as Error;
    expect(failure.message).to.match(/TEST-99: has 1 recording/);
    expect(failure).to.include({ type: 'DataRefused', nonRetryable: true });
  });
});
