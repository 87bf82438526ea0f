import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { expect } from 'chai';
import type { CatalogueReference } from '../../core/contracts/activities.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { readCatalogue } from '../../activities/objects/catalogueObject.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { activitiesOver, createInlinePool } from '../durability/stagesInProcess.js';
import { scratchFolder } from '../support/folders.js';
import { keysUnder } from '../store/contract.js';

let corpus: string;
let recordings: number;
let store: ObjectStore;

before(async () => {
  corpus = join(scratchFolder(), 'corpus');
  await writeSmallCorpus(corpus, 60);
  recordings = (await readdir(corpus, { recursive: true })).filter((path) => path.endsWith('.wav')).length;
});

beforeEach(async () => {
  store = await openStore({ url: join(scratchFolder(), 'store') });
});

function fetch(
  sources: string[],
  { maxRejected = 0, into = store, named = store.url } = {},
): Promise<CatalogueReference> {
  const activities = activitiesOver(into, createInlinePool(into));
  return activities.fetchCorpus({ data: { sources, maxRejected }, store: named });
}

async function refusal(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

/** A copy of the corpus that a test may spoil. */
async function copyOfCorpus(): Promise<string> {
  const copy = scratchFolder();
  for (const path of await readdir(corpus, { recursive: true })) {
    if (path.endsWith('.wav'))
      await copyFile(join(corpus, path), join(copy, path.replaceAll('/', '-').replace(/^.*-(?=[^-]*_|03-01)/, '')));
  }
  return copy;
}

describe('fetching a corpus', () => {
  it('puts every recording into the store under its hash, and a table of all', async () => {
    const { key, reused, counts, rejects } = await fetch([corpus]);
    expect({ reused, rejects }).to.deep.equal({ reused: false, rejects: [] });
    expect(counts).to.deep.include({ files: recordings, usable: recordings, rejected: 0 });
    const rows = await readCatalogue(store, key);
    expect(await keysUnder(store, 'audio/')).to.deep.equal(rows.map(({ sha256 }) => `audio/${sha256}.wav`).sort());
  });

  it('uploads nothing a second time and finds the same catalogue', async () => {
    const first = await fetch([corpus]);
    let writes = 0;
    const watched = Object.create(store) as ObjectStore;
    for (const name of ['put', 'putFile', 'putIf'] as const) {
      watched[name] = () => {
        writes += 1;
        return Promise.reject(new Error('nothing was to be written'));
      };
    }
    expect(await fetch([corpus], { into: watched })).to.deep.equal({ ...first, reused: true });
    expect(writes).to.equal(0);
  });

  it('fetches anew what went missing', async () => {
    await fetch([corpus]);
    const [lost] = await keysUnder(store, 'audio/');
    await store.delete(lost!);
    await fetch([corpus]);
    expect(await store.head(lost!)).not.to.equal(undefined);
  });

  it('finds the same catalogue wherever the recordings lie', async () => {
    const here = await fetch([corpus]);
    const elsewhere = join(scratchFolder(), 'corpus');
    await mkdir(elsewhere);
    await writeSmallCorpus(elsewhere, 60);
    expect((await fetch([elsewhere])).key).to.equal(here.key);
  });

  it('refuses to work for another store than its own', async () => {
    const failure = await refusal(fetch([corpus], { named: 'file:/elsewhere' }));
    expect(failure).to.include({ type: 'Incompatible', nonRetryable: true });
    expect(failure.message).to.equal(`file:/elsewhere: this worker works on the store ${store.url}`);
  });

  it('rejects a bad file by name with its reason and keeps the good ones', async () => {
    const folder = await copyOfCorpus();
    await writeFile(join(folder, '1001_IEO_ANG_XX.wav'), 'these are words, not sounds\n');
    const { counts, rejects } = await fetch([folder], { maxRejected: 0.5 });
    expect(counts.rejected).to.equal(1);
    expect(rejects).to.have.length(1);
    expect(rejects[0]!.path).to.equal('1001_IEO_ANG_XX.wav');
    expect(rejects[0]!.reason).to.match(/text/);
    expect(await keysUnder(store, 'audio/')).to.have.length(counts.usable);
  });

  it('refuses more rejects than allowed, naming the first', async () => {
    const folder = await copyOfCorpus();
    await writeFile(join(folder, '1001_IEO_ANG_XX.wav'), 'words');
    const failure = await refusal(fetch([folder], { maxRejected: 0.05 }));
    expect(failure).to.include({ type: 'DataRefused', nonRetryable: true });
    expect(failure.message).to.match(/more than 5 %.*1001_IEO_ANG_XX\.wav/);
  });

  it('refuses a corpus without one usable recording', async () => {
    const folder = scratchFolder();
    await writeFile(join(folder, '1001_IEO_ANG_XX.wav'), 'words');
    const failure = await refusal(fetch([folder], { maxRejected: 1 }));
    expect(failure.type).to.equal('DataRefused');
    expect(failure.message).to.contain('none of 1 files is usable');
  });

  it('tells at most twenty rejects, and keeps all of them in the table', async () => {
    const folder = await copyOfCorpus();
    for (let sentence = 0; sentence < 25; sentence++) {
      await writeFile(join(folder, `10${String(sentence).padStart(2, '0')}_IEO_HAP_HI.wav`), `words ${sentence}`);
    }
    const { key, counts, rejects } = await fetch([folder], { maxRejected: 1 });
    expect(counts.rejected).to.equal(25);
    expect(rejects).to.have.length(20);
    expect((await readCatalogue(store, key)).filter(({ status }) => status === 'rejected')).to.have.length(25);
  });
});
