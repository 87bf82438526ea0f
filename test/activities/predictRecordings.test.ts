import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readPredictions } from '../../activities/objects/predictionTable.js';
import { storeList } from '../../activities/objects/recordingList.js';
import { predict } from '../../client/commands/predict.js';
import { createContext } from '../../client/context.js';
import { storedModel } from '../../client/models.js';
import type { Prediction } from '../../client/predict/prediction.js';
import type { Activities } from '../../core/contracts/activities.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import { openStore } from '../../core/store/open.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { wav16 } from '../audio/files.js';
import { testSignal } from '../audio/signals.js';
import { activitiesOver, createInlinePool, type InlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';
import { writeUntrainedBundle } from '../support/untrainedBundle.js';

const RATE = 22_050;
const NAMES = ['c.wav', 'a.wav', 'same-as-a.wav', 'silent.wav', 'words.wav', 'gone.wav', 'b.wav'];

describe('a batch of predictions by the stages of the workflow', function () {
  this.timeout(30_000);
  let folder: string;
  let store: ObjectStore;
  let pool: InlinePool;
  let activities: Activities;

  before(async () => {
    folder = scratchFolder();
    mkdirSync(join(folder, '.ser'));
    for (const [name, seconds] of [
      ['a.wav', 2],
      ['b.wav', 0.6],
      ['c.wav', 3.5],
    ] as const) {
      writeFileSync(join(folder, name), wav16(testSignal(seconds * RATE), 1, RATE));
    }
    copyFileSync(join(folder, 'a.wav'), join(folder, 'same-as-a.wav'));
    const dither = Float32Array.from({ length: RATE }, (_, index) => ((index * 7919) % 5 < 2 ? 2 : 0));
    writeFileSync(join(folder, 'silent.wav'), wav16(dither, 1, RATE));
    writeFileSync(join(folder, 'words.wav'), 'these are words');
    writeUntrainedBundle(join(folder, 'bundle'));
    writeUntrainedBundle(join(folder, 'measuring'), { normalise: 'speaker' });
    store = await openStore({ url: join(folder, 'store') });
    pool = createInlinePool(store);
    activities = activitiesOver(store, pool);
  });

  const context = () => createContext({ quiet: true }, { environment: {}, workingFolder: folder });

  async function batch(names: readonly string[], model = 'bundle', speaker = '') {
    const list = await storeList(
      store,
      names.map((name) => ({ name, path: join(folder, name), speaker })),
    );
    const { key: catalogue } = await activities.fetchRecordings({ list, store: store.url });
    const plan = await activities.planShards({ catalogue, featureSet: 'librosa195' });
    for (const shard of parseRanges(plan.pending)) await activities.extractShard({ plan: plan.key, shard });
    const stored = await storedModel(model, store, context());
    return activities.predictRecordings({ plan: plan.key, model: stored });
  }

  /** What the command says without a server. */
  async function plain(names: readonly string[], model = 'bundle', oneSpeaker = false): Promise<Prediction[]> {
    const own = context();
    let printed = '';
    own.terminal.write = (text) => void (printed += text);
    await predict({ model, output: 'json', oneSpeaker }, own, [...names]);
    return JSON.parse(printed) as Prediction[];
  }

  it('answers each recording as the command alone does, in the order asked for, and makes a bad one a row', async () => {
    const { key, answered, rejected } = await batch(NAMES);
    expect({ answered, rejected }).to.deep.equal({ answered: 5, rejected: 2 });
    const rows = await readPredictions(store, key);
    expect(rows.map(({ file }) => file)).to.deep.equal(NAMES);
    const readable = NAMES.filter((name) => name !== 'gone.wav');
    for (const said of await plain(readable)) {
      const row = rows.find(({ file }) => file === said.file)!;
      if ('error' in said) expect(row).to.have.property('error', said.error);
      else {
        expect(row).to.deep.include({ emotion: said.emotion, durationSeconds: said.durationSeconds });
        expect(row).to.have.deep.property('probabilities', Object.values(said.probabilities));
        expect(row).to.have.deep.property('warnings', said.warnings);
      }
    }
    expect(rows.find(({ file }) => file === 'gone.wav'))
      .to.have.property('error')
      .that.includes('not there');
    expect(rows.find(({ file }) => file === 'silent.wav')).to.have.deep.property('warnings', ['nearly silent']);
  });

  it('is not done again, whatever asks for it', async () => {
    const before = pool.counts.get('predictRecordings');
    expect(await batch(NAMES)).to.include({ reused: true, answered: 5, rejected: 2 });
    expect(pool.counts.get('predictRecordings')).to.equal(before);
    const shards = pool.counts.get('extractShard');
    expect(await batch([...NAMES].reverse())).to.include({ reused: false, answered: 5 });
    expect(pool.counts.get('extractShard'), 'features of the same recordings stand').to.equal(shards);
  });

  it('measures recordings against others of their speaker, where the model does', async () => {
    const { key } = await batch(['a.wav', 'b.wav', 'c.wav'], 'measuring', 'Ann');
    const rows = await readPredictions(store, key);
    for (const [index, said] of (await plain(['a.wav', 'b.wav', 'c.wav'], 'measuring', true)).entries()) {
      if ('error' in said) throw new Error(said.error);
      expect(rows[index]).to.have.deep.property('probabilities', Object.values(said.probabilities));
    }
    const alone = await readPredictions(store, (await batch(['a.wav'], 'measuring', 'Ann')).key);
    expect(alone[0]).to.have.property('error', 'its speaker has no other recording to be measured against');
  });

  it('refuses to work for another store', async () => {
    const failure: unknown = await activities
      .fetchRecordings({ list: 'list-key', store: 's3://other/store' })
      .catch((error: unknown) => error);
    expect(failure).to.have.property('type', 'Incompatible');
  });

  it('leaves the weights of a bundle as they are', async () => {
    const key = await storedModel('bundle', store, context());
    const standing = await store.get(`models/${key}/weights.bin`);
    expect(Buffer.from(standing!).equals(readFileSync(join(folder, 'bundle', 'weights.bin')))).to.equal(true);
  });
});
