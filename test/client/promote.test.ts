import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect } from 'chai';
import { unseenByBoth } from '../../activities/jobs/compareModels.js';
import { readChampion } from '../../activities/objects/champion.js';
import { promoteModel } from '../../activities/promoteModel.js';
import { promoteRun, rollBack } from '../../client/commands/promote.js';
import type { ModelComparison, Promotion } from '../../core/contracts/promotion.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import type { Part } from '../../core/contracts/utterance.js';
import { openStore } from '../../core/store/open.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';
import { recording, storeRun } from '../support/storedRun.js';

const rows = Array.from({ length: 60 }, (_, number) => recording(number));

function run(store: ObjectStore, name: string, seed: number, synthetic = false): Promise<RunStatus> {
  return storeRun(store, name, { rows, synthetic, config: { training: { ...ORIGINAL_TRAINING, seed } } });
}

describe('promotion by hand', () => {
  let store: ObjectStore;
  beforeEach(async () => (store = await openStore({ url: join(scratchFolder(), 'store') })));

  it('keeps the champions of before, and goes back through them one by one', async () => {
    for (const [seed, name] of ['first', 'second', 'third'].entries()) {
      await run(store, name, seed);
      await promoteRun(store, name);
    }
    expect((await readChampion(store))?.run).to.equal('third');
    expect(await rollBack(store)).to.equal('second is champion again, after third');
    expect(await rollBack(store)).to.equal('first is champion again, after second');
    expect((await readChampion(store))?.run).to.equal('first');
    expect(await failureOf(() => rollBack(store))).to.include({ kind: 'BadConfig' });
  });

  it('refuses a run without a finished model', async () => {
    await storeRun(store, 'broken', { rows, state: 'failed' });
    expect(await failureOf(() => promoteRun(store, 'broken'))).to.include({ subject: 'run broken' });
  });

  it('refuses a model that is not in the store any more', async () => {
    const { stages } = await run(store, 'gone', 0);
    const key = stages.find(({ stage }) => stage === 'trainModel')!.key!;
    await store.delete(`models/${key}/manifest.json`);
    expect(await failureOf(() => promoteRun(store, 'gone'))).to.include({ kind: 'Incompatible' });
  });
});

describe('promotion at the end of a run', () => {
  const better: ModelComparison = {
    ...{ recordings: 200, macroF1: 0.7, championMacroF1: 0.6, difference: 0.1, low: 0.04, high: 0.16 },
    ...{ onlyThis: 30, onlyChampion: 10, p: 0.002 },
  };

  async function decide(
    policy: RunConfig['promote'],
    comparison: ModelComparison,
    synthetic = { champion: false, challenger: false },
  ): Promise<{ promotion: Promotion; champion: string | undefined }> {
    const store = await openStore({ url: join(scratchFolder(), 'store') });
    await run(store, 'old', 0, synthetic.champion);
    await promoteRun(store, 'old');
    const { stages } = await run(store, 'new', 1, synthetic.challenger);
    const key = (stage: string) => stages.find((one) => one.stage === stage)!.key!;
    const pool = { threads: 1, run: () => Promise.resolve(comparison as never) };
    const promotion: Promotion = await new MockActivityEnvironment().run(promoteModel({ store, pool }), {
      ...{ run: 'new', policy, model: key('trainModel'), split: key('splitUtterances'), plan: key('planShards') },
    });
    return { promotion, champion: (await readChampion(store))?.run };
  }

  it('happens when the model is better by more than noise, and tells the figures', async () => {
    const { promotion, champion } = await decide('better', better);
    expect(champion).to.equal('new');
    expect(promotion).to.deep.include({ promoted: true, comparison: better });
    expect(promotion.reason).to.contain('macro F1 70.0 % against 60.0 % of old on 200 test recordings');
  });

  it('does not happen for a difference that noise explains, unless any difference was asked for', async () => {
    const noise = { ...better, difference: 0.02, low: -0.02, high: 0.06 };
    expect((await decide('better', noise)).champion).to.equal('old');
    expect((await decide('better', noise)).promotion.reason).to.contain('no more than noise');
    expect((await decide('higher', noise)).champion).to.equal('new');
  });

  it('does not happen on a handful of recordings', async () => {
    expect((await decide('better', { ...better, recordings: 5 })).champion).to.equal('old');
  });

  it('never lets synthetic speech displace real speech, and lets real speech displace synthetic', async () => {
    expect((await decide('better', better, { champion: false, challenger: true })).champion).to.equal('old');
    const worse = { ...better, difference: -0.1, low: -0.2, high: -0.01 };
    expect((await decide('better', worse, { champion: true, challenger: false })).champion).to.equal('new');
  });
});

describe('the recordings that two models are compared on', () => {
  const split = (...parts: [string, Part, string?][]) =>
    parts.map(([sha256, part, emotion = 'sad']) => ({ sha256, part, emotion }));

  it('are in the test part of one and in neither training nor validation of the other', () => {
    const challenger = split(['a', 'test'], ['b', 'train'], ['c', 'test'], ['new', 'test'], ['d', 'validation']);
    const champion = split(['a', 'test'], ['b', 'test'], ['c', 'train'], ['d', 'test'], ['old', 'test']);
    expect([...unseenByBoth(challenger, champion).keys()].sort()).to.deep.equal(['a', 'new', 'old']);
  });

  it('have the label that the newer split gives them', () => {
    const unseen = unseenByBoth(split(['a', 'test', 'happy']), split(['a', 'test', 'angry']));
    expect(unseen.get('a')).to.equal('happy');
  });
});
