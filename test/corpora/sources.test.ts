import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';
import type { LabelMap } from '../../core/corpora/labelMap.js';
import { openSources } from '../../core/corpora/openSource.js';
import { readEntry } from '../../core/corpora/readEntry.js';
import type { SourceEntry } from '../../core/corpora/source.js';
import { makeZip, type ZipEntry } from '../fixtures/corporaZip.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ser-sources-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content: string | Uint8Array = path): Promise<string> {
  const full = join(folder, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
  return full;
}

const openSource = async (spec: string, labelMap: LabelMap = {}) =>
  (await openSources([spec], { cacheFolder: join(folder, '.cache'), labelMap }))[0]!;

async function entriesOf(spec: string, labelMap?: LabelMap): Promise<SourceEntry[]> {
  return (await openSource(spec, labelMap)).entries;
}

async function failureOf(promise: Promise<unknown>): Promise<SerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SerError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const labelsOf = (entries: SourceEntry[]): Record<string, string | undefined> =>
  Object.fromEntries(entries.map(({ path, facts }) => [path, facts?.emotion]));

describe('a folder as a source', () => {
  it('gives every recording below it, sorted, with what its name says', async () => {
    await put('Savee/DC_a01.wav');
    await put('Ravdess/Actor_01/03-01-04-01-01-01-01.wav');
    await put('Crema/1001_IEO_HAP_LO.FLAC');
    const entries = await entriesOf(folder);
    expect(labelsOf(entries)).to.deep.equal({
      'Crema/1001_IEO_HAP_LO.FLAC': 'happy',
      'Ravdess/Actor_01/03-01-04-01-01-01-01.wav': 'sad',
      'Savee/DC_a01.wav': 'angry',
    });
    expect(entries.map(({ sizeBytes }) => sizeBytes)).to.deep.equal([26, 41, 16]);
    expect(text(await readEntry(entries[2]!))).to.equal('Savee/DC_a01.wav');
    expect(entries[2]!.place).to.deep.equal({ kind: 'file', path: join(folder, 'Savee/DC_a01.wav') });
  });

  it('passes over what is not meant as a recording', async () => {
    for (const name of ['README.md', 'notes.csv', '.DS_Store', '._DC_a01.wav', '.cache/DC_a02.wav', 'DC_a03.wav.txt']) {
      await put(name);
    }
    await put('DC_a01.wav');
    expect(labelsOf(await entriesOf(folder))).to.deep.equal({ 'DC_a01.wav': 'angry' });
  });

  it('labels other names by the folder they lie in', async () => {
    for (const name of ['Angry/1.wav', 'set/Pleasant Surprise/2.ogg', 'fearful/3.mp3', 'misc/4.wav']) await put(name);
    const entries = await entriesOf(folder);
    expect(labelsOf(entries)).to.deep.equal({
      'Angry/1.wav': 'angry',
      'fearful/3.mp3': 'fear',
      'misc/4.wav': undefined,
      'set/Pleasant Surprise/2.ogg': 'surprise',
    });
    expect(entries[0]!.facts).to.include({ speaker: '', sex: '' });
  });

  it('takes labels from a table before names and folders, own emotions included', async () => {
    await put('a/1.wav');
    await put('happy/2.wav');
    await put('DC_a01.wav');
    await put('labels.csv', 'emotion,path,speaker,sentence\nbored,a/1.wav,ann,"hello, you"\nAnger,./happy/2.wav,,\n');
    const entries = await entriesOf(folder);
    expect(labelsOf(entries)).to.deep.equal({ 'DC_a01.wav': 'angry', 'a/1.wav': 'bored', 'happy/2.wav': 'angry' });
    const corpus = folder.slice(folder.lastIndexOf('/') + 1);
    expect(entries.find(({ path }) => path === 'a/1.wav')?.facts).to.deep.equal({
      corpus,
      emotion: 'bored',
      code: 'bored',
      speaker: `${corpus}-ann`,
      sex: '',
      sentence: 'hello, you',
      intensity: '',
      take: '',
      split: '',
    });
  });

  it('makes an unreadable entry of what a table lists and nobody finds', async () => {
    await put('set/1.wav');
    await put('set/labels.csv', 'path,emotion\n1.wav,happy\n2.wav,sad\n');
    const entries = await entriesOf(folder);
    expect(labelsOf(entries)).to.deep.equal({ 'set/1.wav': 'happy', 'set/2.wav': 'sad' });
    expect(await failureOf(readEntry(entries[1]!))).to.include({ kind: 'BadInput', subject: 'set/2.wav' });
  });

  it('refuses a table with a row that has no emotion, or two rows at odds', async () => {
    await put('1.wav');
    const table = await put('labels.csv', 'path,emotion\n1.wav,happy\n2.wav,\n');
    expect(await failureOf(openSource(folder))).to.include({ kind: 'DataRefused', what: 'row 3 has no emotion' });
    await writeFile(table, 'path,emotion\n1.wav,happy\n1.wav,sad\n');
    expect(await failureOf(openSource(folder))).to.include({ what: 'row 3 says sad of 1.wav, an earlier one happy' });
  });

  it('survives links in circles and makes an unreadable entry of a link to nothing', async () => {
    await put('happy/1.wav');
    await symlink('..', join(folder, 'happy', 'up'));
    await symlink('nowhere', join(folder, 'happy', '2.wav'));
    await symlink('3.wav', join(folder, 'happy', '3.wav'));
    const entries = await entriesOf(folder);
    expect(entries.map(({ path }) => path)).to.deep.equal(['happy/1.wav', 'happy/2.wav', 'happy/3.wav']);
    expect(await failureOf(readEntry(entries[1]!))).to.include({
      kind: 'BadInput',
      what: 'cannot be read: it is not there, or a link to nothing',
    });
    expect((await failureOf(readEntry(entries[2]!))).what).to.contain('circle');
  });

  it('makes an unreadable entry of a file that disappears after it was listed', async () => {
    const path = await put('happy/1.wav');
    const [entry] = await entriesOf(folder);
    await rm(path);
    expect(await failureOf(readEntry(entry!))).to.include({ kind: 'BadInput', subject: 'happy/1.wav' });
  });

  it('is refused when it is not there, empty, or holds no label, each in its own words', async () => {
    expect(await failureOf(openSource(join(folder, 'absent')))).to.include({ kind: 'BadConfig' });
    const empty = await failureOf(openSource(folder));
    expect(empty).to.include({ kind: 'DataRefused', what: 'the folder holds no recordings', subject: folder });
    const plain = await put('take1.wav');
    expect(await failureOf(openSource(folder))).to.include({
      kind: 'DataRefused',
      what: 'none of its 1 recordings says which emotion it holds',
    });
    expect(await failureOf(openSource(plain))).to.include({ kind: 'BadConfig', subject: plain });
  });
});

describe('a .zip archive as a source', () => {
  const zipped = (entries: ZipEntry[]): Promise<string> => put('corpus.zip', makeZip(entries));
  const recording = (name: string, changes: Partial<ZipEntry> = {}): ZipEntry => ({
    name,
    bytes: Buffer.from(name.repeat(50)),
    ...changes,
  });

  it('gives its recordings by name, packed or stored, read alone and in any order', async () => {
    const archive = await zipped([
      recording('Tess/YAF_dog_ps.wav'),
      recording('Crema/1001_IEO_HAP_LO.wav', { stored: true }),
      recording('Tess/notes.txt'),
      recording('__MACOSX/._YAF_dog_ps.wav'),
    ]);
    const entries = await entriesOf(archive);
    expect(labelsOf(entries)).to.deep.equal({
      'corpus.zip/Crema/1001_IEO_HAP_LO.wav': 'happy',
      'corpus.zip/Tess/YAF_dog_ps.wav': 'surprise',
    });
    for (const entry of entries.toReversed()) {
      const bytes = await readEntry(entry);
      expect(text(bytes)).to.equal(entry.path.slice('corpus.zip/'.length).repeat(50));
      expect(bytes.length).to.equal(entry.sizeBytes);
    }
  });

  it('takes labels from folders and tables within', async () => {
    const archive = await zipped([
      recording('set/sad/1.wav'),
      recording('set/2.wav'),
      { name: 'set/labels.csv', bytes: Buffer.from('path,emotion\n2.wav,bored\n') },
    ]);
    expect(labelsOf(await entriesOf(archive))).to.deep.equal({
      'corpus.zip/set/2.wav': 'bored',
      'corpus.zip/set/sad/1.wav': 'sad',
    });
  });

  it('refuses by name an entry that leads out, one of absurd size, and a damaged one, and reads the others', async () => {
    const archive = await zipped([
      recording('../DC_a01.wav'),
      recording('DC_a02.wav', { claimedSize: 3 * 1024 ** 3 }),
      recording('DC_a03.wav', { claimedCrc32: 1 }),
      recording('DC_a04.wav', { claimedSize: 10 }),
      recording('DC_a05.wav'),
    ]);
    const entries = await entriesOf(archive);
    const reasons = await Promise.all(entries.slice(0, 4).map((entry) => failureOf(readEntry(entry))));
    expect(reasons.map(({ subject }) => subject)).to.deep.equal([
      'corpus.zip/../DC_a01.wav',
      'corpus.zip/DC_a02.wav',
      'corpus.zip/DC_a03.wav',
      'corpus.zip/DC_a04.wav',
    ]);
    expect(reasons.map(({ kind }) => kind)).to.deep.equal(Array(4).fill('BadInput'));
    expect(reasons[0]!.what).to.contain('leads out of the archive');
    expect(reasons[1]!.what).to.contain('would unpack to 3221225472 bytes');
    expect(reasons[2]!.what).to.contain('checksum');
    expect(reasons[3]!.what).to.contain('damaged');
    expect(text(await readEntry(entries[4]!))).to.equal('DC_a05.wav'.repeat(50));
  });

  it('is refused as a whole when it wants a password', async () => {
    const archive = await zipped([recording('DC_a01.wav', { flags: 1 })]);
    const failure = await failureOf(openSource(archive));
    expect(failure).to.include({ kind: 'DataRefused', subject: archive });
    expect(failure.what).to.contain('password');
  });

  it('is refused when it was cut short or is no archive at all', async () => {
    const whole = makeZip([recording('DC_a01.wav'), recording('DC_a02.wav')]);
    for (const bytes of [whole.subarray(0, whole.length - 40), Buffer.from('no archive'), Buffer.alloc(0)]) {
      const failure = await failureOf(openSource(await put('cut.zip', bytes)));
      expect(failure.kind).to.equal('DataRefused');
      expect(failure.what).to.contain('is no .zip archive, or not all of one');
    }
  });

  it('is refused when it holds no recording', async () => {
    const archive = await zipped([recording('readme.txt')]);
    expect(await failureOf(openSource(archive))).to.include({ what: 'the archive holds no recordings' });
  });
});
