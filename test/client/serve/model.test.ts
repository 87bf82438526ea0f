import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { jsonBytes } from '../../../activities/objects/stageOutput.js';
import { championModel, servedModel } from '../../../client/serve/model.js';
import { importedModelSpec } from '../../../core/contracts/stages.js';
import { BUNDLE_FILES, readBundle } from '../../../core/training/bundle.js';
import type { ObjectStore } from '../../../core/store/objectStore.js';
import { openStore } from '../../../core/store/open.js';
import { runStage } from '../../../core/store/stage.js';
import { failureOf } from '../../support/failureOf.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';

describe('the model that answers', () => {
  let store: ObjectStore;
  let folder: string;
  beforeEach(async () => {
    folder = scratchFolder();
    store = await openStore({ url: join(folder, 'store') });
  });

  /** A model in the store, told apart by its seed; returns its key. */
  async function modelInStore(seed: number, more: Parameters<typeof writeUntrainedBundle>[1] = {}): Promise<string> {
    const bundle = join(folder, `bundle-${seed}`);
    writeUntrainedBundle(bundle, more, seed);
    const files = new Map(BUNDLE_FILES.map((name) => [name, new Uint8Array(readFileSync(join(bundle, name)))]));
    const spec = importedModelSpec({ seed: String(seed) });
    return (await runStage(store, spec, () => Promise.resolve({ files }))).key;
  }

  const crown = (model: string) => store.put('aliases/champion.json', jsonBytes({ run: 'r', model, split: 's' }));

  it('is the champion, and the next one as soon as there is one; who holds the old one keeps it', async () => {
    const [first, second] = [await modelInStore(1), await modelInStore(2)];
    await crown(first);
    const models = await championModel(store);
    const held = models.current;
    expect(held!.name).to.equal(first);
    expect(await models.refresh()).to.equal(false);

    await crown(second);
    expect(await models.refresh()).to.equal(true);
    expect(models.current!.name).to.equal(second);
    const row = { path: 'a', peak: 0.5, sampleRate: 1, channels: 1, durationSeconds: 2 };
    const values = new Float64Array(held!.featureSet.columns.length).fill(1);
    const [before] = held!.recogniser.files([{ ...row, values }]);
    const [after] = models.current!.recogniser.files([{ ...row, values }]);
    expect(before).to.have.property('emotion');
    expect(before).not.to.deep.equal(after);
  });

  it('stays the one it was when the new champion cannot be read, and is looked for again', async () => {
    const [first, second] = [await modelInStore(1), await modelInStore(2)];
    await crown(first);
    const models = await championModel(store);
    await crown('0'.repeat(64));
    expect(await failureOf(() => models.refresh())).to.have.property('kind', 'StoreUnavailable');
    expect(models.current!.name).to.equal(first);
    await crown(second);
    expect(await models.refresh()).to.equal(true);
  });

  it('is none in a store without a champion, until there is one', async () => {
    const models = await championModel(store);
    expect(models.current).to.equal(undefined);
    expect(models.missing).to.equal('there is no champion yet');
    expect(await models.refresh()).to.equal(false);
    const first = await modelInStore(1);
    await crown(first);
    expect(await models.refresh()).to.equal(true);
    expect(models.current!.name).to.equal(first);
  });

  it('is none while the champion wants more than one recording, until there is another', async () => {
    await crown(await modelInStore(1, { normalise: 'speaker' }));
    const models = await championModel(store);
    expect(models.current).to.equal(undefined);
    expect(models.missing).to.match(/^the champion cannot be served: .*against others of their speaker/);
    expect(await failureOf(() => models.refresh())).to.include({ kind: 'Incompatible' });
    const second = await modelInStore(2);
    await crown(second);
    expect(await models.refresh()).to.equal(true);
    expect(models.current!.name).to.equal(second);
  });

  it('must be in the store, where it is champion when the server starts', async () => {
    await crown('0'.repeat(64));
    expect(await failureOf(() => championModel(store))).to.include({ kind: 'StoreUnavailable' });
  });

  it('must answer to a single recording', async () => {
    const measuring = join(folder, 'measuring');
    writeUntrainedBundle(measuring, { normalise: 'speaker' });
    const bundle = await readBundle((name) => Promise.resolve(readFileSync(join(measuring, name))));
    expect(await failureOf(() => servedModel('measuring', bundle))).to.include({ kind: 'Incompatible' });
  });
});
