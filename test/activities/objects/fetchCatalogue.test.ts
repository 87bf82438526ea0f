import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { fetchCatalogue, type FetchedCatalogue } from '../../../activities/objects/fetchCatalogue.js';
import { lookAtFile } from '../../../core/corpora/fileState.js';
import type { ObjectStore } from '../../../core/store/objectStore.js';
import { openStore } from '../../../core/store/open.js';
import { writeSmallCorpus } from '../../durability/smallCorpus.js';
import { createInlinePool, type InlinePool } from '../../durability/stagesInProcess.js';
import { keysUnder } from '../../store/contract.js';
import { scratchFolder } from '../../support/folders.js';

describe('fetching what was fetched before', () => {
  let corpus: string;
  let cacheFolder: string;
  let store: ObjectStore;
  let pool: InlinePool;
  const now = Date.now;

  beforeEach(async () => {
    corpus = join(scratchFolder(), 'corpus');
    await writeSmallCorpus(corpus, 120);
    cacheFolder = join(scratchFolder(), 'cache');
    store = await openStore({ url: join(scratchFolder(), 'store') });
    pool = createInlinePool(store);
    Date.now = () => now() + 60_000; // files are trusted some time after they were written
  });
  afterEach(() => {
    Date.now = now;
  });

  const fetch = (changes: object = {}): Promise<FetchedCatalogue> =>
    fetchCatalogue(
      store,
      pool,
      { sources: [corpus], maxRejected: 1, ...changes },
      { remote: { cacheFolder }, onFiles: () => undefined, ...changes },
    );

  /** How many files a fetch reads. */
  async function read(work: () => Promise<unknown>): Promise<number> {
    let files = 0;
    const inner = pool;
    pool = {
      ...inner,
      run: (name, input, options) => {
        if ('entries' in input) files += input.entries.length;
        return inner.run(name, input, options);
      },
    };
    await work();
    pool = inner;
    return files;
  }

  const firstFile = async () =>
    join(corpus, (await readdir(corpus, { recursive: true })).filter((path) => path.endsWith('.wav')).sort()[0]!);

  it('reads no file that has not changed, and finds the same catalogue', async () => {
    const first = await fetch();
    const files = first.catalogue.counts.files;
    expect(await read(async () => expect((await fetch()).key).to.equal(first.key))).to.equal(0);
    expect(await read(() => fetch({ again: true }))).to.equal(files);
  });

  it('reads a file that changed, and only that one', async () => {
    await fetch();
    const path = await firstFile();
    const { mark } = (await lookAtFile(path)).state;
    while ((await lookAtFile(path)).state.mark === mark) await writeFile(path, 'words now');
    let after: FetchedCatalogue | undefined;
    expect(await read(async () => (after = await fetch()))).to.equal(1);
    expect(after!.catalogue.rejects.map(({ path: named }) => join(corpus, named))).to.deep.equal([path]);
    expect((await fetch({ again: true })).key).to.equal(after!.key);
  });

  it('notices files that were added, moved and removed, and reads the new ones alone', async () => {
    await fetch();
    const path = await firstFile();
    await rename(path, path.replace(/[^/]*$/, 'DC_h01.wav'));
    expect(await read(fetch)).to.equal(1);
    await copyFile(path.replace(/[^/]*$/, 'DC_h01.wav'), path);
    expect(await read(fetch)).to.equal(1);
    await rm(path);
    const last = await fetch();
    expect((await fetch({ again: true })).key).to.equal(last.key);
  });

  it('judges names, labels and label maps anew each time', async () => {
    await fetch();
    const mapped = { labelMap: { angry: 'cross' } };
    let row: unknown;
    const files = await read(async () => {
      row = (await fetch(mapped)).catalogue.rows.find(({ emotion }) => emotion === 'cross');
    });
    expect({ files, found: row !== undefined }).to.deep.equal({ files: 0, found: true });
  });

  it('puts a recording into the store again that went missing there, and into another store', async () => {
    await fetch();
    const [lost] = await keysUnder(store, 'audio/');
    await store.delete(lost!);
    expect(await read(fetch)).to.equal(1);
    expect(await store.head(lost!)).not.to.equal(undefined);
    const recordings = await keysUnder(store, 'audio/');
    store = await openStore({ url: join(scratchFolder(), 'store') });
    pool = createInlinePool(store);
    await fetch();
    expect(await keysUnder(store, 'audio/')).to.deep.equal(recordings);
  });
});
