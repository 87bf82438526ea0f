import { join } from 'node:path';
import { expect } from 'chai';
import { differences } from '../../client/differences.js';
import { compareRuns } from '../../client/runComparison.js';
import { comparisonLines } from '../../client/runComparisonLines.js';
import { listRuns, requireRun } from '../../client/runRecords.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { openStore } from '../../core/store/open.js';
import { writeParquet } from '../../core/store/parquet.js';
import { runStage } from '../../core/store/stage.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';
import { recording, storeRun } from '../support/storedRun.js';

const rows = Array.from({ length: 120 }, (_, number) => recording(number));

/** A run whose outcome is that of an experiment: every recording answered once by each seed. */
async function storeExperiment(store: ObjectStore, name: string, seeds: ((row: Utterance) => string)[]) {
  const run = await storeRun(store, name, { rows });
  const answers = seeds.flatMap((answer) => rows.map((row) => ({ ...row, predicted: answer(row) })));
  const column = (of: 'sha256' | 'emotion' | 'predicted') => ({
    ...{ name: of, type: 'STRING' as const, data: answers.map((row) => row[of]) },
  });
  const table = writeParquet([column('sha256'), column('emotion'), column('predicted')]);
  const spec = { stage: 'poolTrials', version: 1, inputs: {}, parameters: { name }, under: 'experiments' };
  const { key } = await runStage(store, spec, () =>
    Promise.resolve({ files: new Map([['predictions.parquet', table]]) }),
  );
  const stages = run.stages.filter(({ stage }) => stage !== 'evaluateModel');
  return { ...run, stages: [...stages, { stage: 'poolTrials' as const, state: 'done' as const, key }] };
}

describe('the runs of a store', () => {
  let store: ObjectStore;
  beforeEach(async () => (store = await openStore({ url: join(scratchFolder(), 'store') })));

  it('are listed with the latest first', async () => {
    await storeRun(store, 'older', { rows, startedAt: '2026-01-01T00:00:00.000Z' });
    await storeRun(store, 'newer', { rows, startedAt: '2026-02-01T00:00:00.000Z' });
    expect((await listRuns(store, undefined)).map(({ name }) => name)).to.deep.equal(['newer', 'older']);
  });

  it('are refused by name when there is none', async () => {
    expect(await failureOf(() => requireRun(store, 'nobody'))).to.include({ kind: 'BadConfig', subject: 'nobody' });
  });

  it('differ in nothing when nothing differs', async () => {
    const [first, second] = [await storeRun(store, 'a', { rows }), await storeRun(store, 'b', { rows })];
    const comparison = await compareRuns(store, first, second);
    expect(comparison.configuration).to.be.empty;
    expect(comparison.versions).to.be.empty;
    expect(comparison.data).to.deep.include({ added: [], removed: [], relabelled: [], same: 120 });
    expect(comparison.significance).to.include({ onlyFirst: 0, onlySecond: 0, p: 1 });
  });

  it('differ in the settings, recordings and labels that were changed', async () => {
    const changed = [...rows.slice(2), recording(500), recording(7, { emotion: 'sad' })].filter(
      ({ path, emotion }) => path !== 'recording-7.wav' || emotion === 'sad',
    );
    const training = { ...ORIGINAL_TRAINING, epochs: 7, seed: 0 };
    const first = await storeRun(store, 'a', { rows });
    const second = await storeRun(store, 'b', { rows: changed, config: { training } });
    const { configuration, data } = await compareRuns(store, first, second);
    expect(configuration).to.deep.equal([{ setting: 'training.epochs', first: 100, second: 7 }]);
    expect(data.added.map(({ path }) => path)).to.deep.equal(['recording-500.wav']);
    expect(data.removed.map(({ path }) => path)).to.have.members(['recording-0.wav', 'recording-1.wav']);
    expect(data.relabelled).to.have.length(1);
    expect(data.relabelled[0]).to.include({ path: 'recording-7.wav', first: 'happy', second: 'sad' });
    expect(data.same).to.equal(117);
  });

  it('are told apart by more than chance when one is right where the other never is', async () => {
    const first = await storeRun(store, 'good', { rows });
    const training = { ...ORIGINAL_TRAINING, seed: 1 };
    const second = await storeRun(store, 'bad', { rows, config: { training }, answer: () => 'calm' });
    const comparison = await compareRuns(store, first, second);
    const { recordings, onlyFirst, onlySecond, p } = comparison.significance!;
    expect([onlyFirst, onlySecond]).to.deep.equal([recordings, 0]);
    expect(p).to.be.closeTo(2 / 2 ** recordings, 1e-12);
    const configuration = [{ setting: 'training.layers', first: [{ units: 8, dropout: 0.5 }], second: [] }];
    expect(comparisonLines({ ...comparison, configuration })[1]).to.match(/^training\.layers +8:0\.5 +none *$/);
    expect(comparisonLines(comparison).at(-1)).to.match(/more than chance \(McNemar/);
  });

  it('count by all of their seeds, each recording once', async () => {
    const truth = (row: Utterance) => row.emotion;
    const alwaysCalm = () => 'calm';
    const onlyHappy = (row: Utterance) => (row.emotion === 'happy' ? 'happy' : 'calm');
    const first = await storeExperiment(store, 'three', [alwaysCalm, truth, truth]);
    const second = await storeExperiment(store, 'two', [onlyHappy, truth]);
    const comparison = await compareRuns(store, first, second);
    const happy = rows.filter(({ emotion }) => emotion === 'happy').length;
    expect(comparison.significance).to.deep.include({ recordings: 120, onlyFirst: 120 - happy, onlySecond: happy });
    expect(comparison.significance!.answers).to.deep.equal([3, 2]);
    expect(comparisonLines(comparison).at(-1))
      .to.contain(`three gets ${120 - happy} right under a larger share of its seeds (3), two ${happy} (2)`)
      .and.contain('sign test over recordings');
  });

  it('say which shards they went on without', async () => {
    const [first, second] = [await storeRun(store, 'a', { rows }), await storeRun(store, 'b', { rows })];
    const comparison = await compareRuns(store, first, { ...second, skippedShards: '3-4' });
    expect(comparison.skippedShards).to.deep.equal({ first: '', second: '3-4' });
    const lines = comparisonLines(comparison);
    expect(lines).to.include('b went on without shards 3-4');
    expect(lines.join('\n')).not.to.contain('a went on without');
  });
});

describe('differences', () => {
  it('name the path of every setting that differs, also of one that only one side has', () => {
    const first = { name: 'a', split: { seed: 0, protocol: 'random' }, sources: ['x'] };
    const second = { name: 'a', split: { seed: 1, protocol: 'random' }, sources: ['x', 'y'], waitAtMostSeconds: 5 };
    expect(differences(first, second)).to.deep.equal([
      { setting: 'split.seed', first: 0, second: 1 },
      { setting: 'sources', first: ['x'], second: ['x', 'y'] },
      { setting: 'waitAtMostSeconds', first: undefined, second: 5 },
    ]);
  });
});
