import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { storeList } from '../../activities/objects/recordingList.js';
import { createContext } from '../../client/context.js';
import { storedModel } from '../../client/models.js';
import type { Activities } from '../../core/contracts/activities.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { wav16 } from '../audio/files.js';
import { testSignal } from '../audio/signals.js';
import { activitiesOver, createInlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';
import { writeUntrainedBundle } from '../support/untrainedBundle.js';

const RATE = 22_050;

describe('rejects', function () {
  this.timeout(30_000);
  let folder: string;
  let store: ObjectStore;
  let activities: Activities;
  let counted: Record<string, number>;

  beforeEach(async () => {
    folder = scratchFolder();
    store = await openStore({ url: join(folder, 'store') });
    counted = {};
    activities = activitiesOver(store, createInlinePool(store), undefined, {
      countShard: () => undefined,
      recordEpochs: () => undefined,
      countRejects(stage, featureSet, rejected) {
        const series = `${stage} ${featureSet}`.trim();
        counted[series] = (counted[series] ?? 0) + rejected;
      },
    });
  });

  it('of a batch are counted once, by the stage that refused first', async () => {
    writeFileSync(join(folder, 'good.wav'), wav16(testSignal(RATE), 1, RATE));
    writeFileSync(join(folder, 'alone.wav'), wav16(testSignal(2 * RATE), 1, RATE));
    writeFileSync(join(folder, 'other.wav'), wav16(testSignal(3 * RATE), 1, RATE));
    writeFileSync(join(folder, 'words.wav'), 'these are words');
    writeUntrainedBundle(join(folder, 'measuring'), { normalise: 'speaker' });
    const rows = [
      ['good.wav', 'Ann'],
      ['other.wav', 'Ann'],
      ['words.wav', 'Ann'],
      ['alone.wav', 'Bob'],
    ].map(([name, speaker]) => ({ name: name!, path: join(folder, name!), speaker: speaker! }));
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    const list = await storeList(store, rows);
    const predictAll = async () => {
      const { key: catalogue } = await activities.fetchRecordings({ list, store: store.url });
      const plan = await activities.planShards({ catalogue, featureSet: 'librosa195' });
      for (const shard of parseRanges(plan.pending)) await activities.extractShard({ plan: plan.key, shard });
      const model = await storedModel('measuring', store, context);
      return activities.predictRecordings({ plan: plan.key, model });
    };
    expect(await predictAll()).to.include({ answered: 2, rejected: 2 });
    const expected = { fetchRecordings: 1, 'extractShard librosa195': 0, 'predictRecordings librosa195': 1 };
    expect(counted).to.deep.equal(expected);
    await predictAll();
    expect(counted, 'what stands is not refused again').to.deep.equal(expected);
  });

  it('of a corpus are counted, also where they are too many', async () => {
    const corpus = join(folder, 'corpus');
    mkdirSync(corpus);
    for (const [index, emotion] of ['ANG', 'HAP', 'SAD'].entries()) {
      writeFileSync(join(corpus, `1001_IEO_${emotion}_XX.wav`), wav16(testSignal((index + 1) * RATE), 1, RATE));
    }
    writeFileSync(join(corpus, '1001_IEO_FEA_XX.wav'), 'these are words');
    const fetch = (maxRejected: number) =>
      activities.fetchCorpus({ data: { sources: [corpus], maxRejected }, store: store.url });
    const failure: unknown = await fetch(0.1).catch((error: unknown) => error);
    expect(failure).to.have.property('type', 'DataRefused');
    expect(counted).to.deep.equal({ fetchCorpus: 1 });
    expect(await fetch(0.5)).to.have.nested.property('counts.rejected', 1);
    expect(counted).to.deep.equal({ fetchCorpus: 2 });
    expect(await fetch(0.5)).to.include({ reused: true });
    expect(counted).to.deep.equal({ fetchCorpus: 2 });
  });
});
