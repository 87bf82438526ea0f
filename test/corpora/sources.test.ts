import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
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
    expect(entries[2]!.place).to.deep.include({ kind: 'file', path: join(folder, 'Savee/DC_a01.wav') });
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

describe('a table as a source', () => {
  it('gives the recordings it lists, with label, speaker and part, and misses what is not there', async () => {
    await put('audio/1.wav');
    await put('audio/2.wav');
    await put('audio/3.wav');
    const table = await put(
      'mine.csv',
      'path,emotion,speaker,split\naudio/1.wav,bored,ann,train\naudio/2.wav,Anger,bob,dev\ngone.wav,sad,,\n',
    );
    const entries = await entriesOf(table);
    expect(labelsOf(entries)).to.deep.equal({ 'audio/1.wav': 'bored', 'audio/2.wav': 'angry', 'gone.wav': 'sad' });
    expect(entries.map(({ facts }) => facts?.split)).to.deep.equal(['train', 'validation', '']);
    expect(entries[0]!.facts).to.include({ corpus: 'mine', speaker: 'mine-ann', code: 'bored' });
    expect((await failureOf(readEntry(entries[2]!))).what).to.contain('is not there');
  });

  it('is refused for other columns, an unknown part, and labels of parts of a recording', async () => {
    expect((await failureOf(openSource(await put('a.csv', 'name,label\n1.wav,sad\n')))).kind).to.equal('DataRefused');
    const split = await put('b.csv', 'path,emotion,split\n1.wav,sad,holdout\n');
    expect((await failureOf(openSource(split))).what).to.equal('row 2 has the split "holdout"');
    const segments = await put('c.csv', 'file,start,end,emotion\n1.wav,0 days 00:00:01.5,0 days 00:00:02,sad\n');
    expect((await failureOf(openSource(segments))).what).to.contain('labels a part of a recording');
  });

  it('may be those of an audformat database: labels in one, speakers in another, unlabelled files passed over', async () => {
    await put('audio/1.wav');
    await put('db.emotion.csv', 'file,emotion,emotion.confidence\naudio/1.wav,happiness,0.9\naudio/2.wav,,\n');
    await put('db.files.csv', 'file,duration,speaker,transcription\naudio/1.wav,0 days 00:00:01,3,b02\n');
    const entries = await entriesOf(folder);
    expect(labelsOf(entries)).to.deep.equal({ 'audio/1.wav': 'happy' });
    expect(entries[0]!.facts).to.include({ sentence: 'b02', code: 'happiness' });
    expect(entries[0]!.facts!.speaker).to.match(/-3$/);
  });
});

describe('labels of one’s own', () => {
  it('are folders beside known ones on the same level', async () => {
    for (const name of ['Angry/1.wav', 'bored/2.wav', 'in love/3.wav']) await put(name);
    expect(Object.values(labelsOf(await entriesOf(folder)))).to.deep.equal(['angry', 'bored', 'in love']);
  });

  it('are not taken from folders none of which is known, unless the map says so', async () => {
    for (const name of ['ann/1.wav', 'bob/2.wav']) await put(name);
    const failure = await failureOf(openSource(folder));
    expect(failure.what).to.contain('folders ann, bob');
    expect(failure.remedy).to.contain('--label-map ann=ann');
    expect(Object.values(labelsOf(await entriesOf(folder, { ann: 'ann' })))).to.deep.equal(['ann', 'bob']);
  });

  it('are mapped wherever they come from: folders, tables, names and codes of the corpora', async () => {
    for (const name of ['Bored/1.wav', 'x/2.wav', '03-01-02-01-01-01-01.wav', 'OAF_dog_ps.wav']) await put(name);
    await put('labels.csv', 'path,emotion\nx/2.wav,meh\n');
    const map = { bored: 'neutral', meh: 'bored', calm: 'neutral', ps: 'happy' };
    expect(labelsOf(await entriesOf(folder, map))).to.deep.equal({
      '03-01-02-01-01-01-01.wav': 'neutral',
      'Bored/1.wav': 'neutral',
      'OAF_dog_ps.wav': 'happy',
      'x/2.wav': 'bored',
    });
  });

  it('that nothing is called by are refused, with what there is', async () => {
    await put('happy/1.wav');
    const failure = await failureOf(openSource(folder, { hapy: 'sad' }));
    expect(failure).to.include({ kind: 'BadConfig', what: 'no recording is called hapy' });
    expect(failure.remedy).to.contain('happy');
  });
});

describe('several sources', () => {
  const options = () => ({ cacheFolder: join(folder, '.cache') });

  it('are each opened once, and the paths of several folders begin with their names', async () => {
    await put('a/happy/1.wav');
    await put('b/sad/1.wav');
    const specs = ['a', 'b', 'a/', 'a/../b'].map((name) => join(folder, name));
    const sources = await openSources(specs, options());
    expect(sources.flatMap(({ entries }) => entries.map(({ path }) => path))).to.deep.equal([
      'a/happy/1.wav',
      'b/sad/1.wav',
    ]);
  });

  it('are to be named themselves where a folder holds nothing but archives', async () => {
    await put('one.zip', makeZip([{ name: 'DC_a01.wav', bytes: Buffer.from('x') }]));
    const failure = await failureOf(openSource(folder));
    expect(failure.what).to.contain('holds 1 archives (first one.zip)');
    expect(failure.remedy).to.contain('/*.zip');
  });
});

describe('a .tar archive as a source', () => {
  const long = `set/${'deep/'.repeat(30)}DC_a02.wav`;

  for (const [format, suffix] of [
    ['ustar', 'tar'],
    ['pax', 'tar'],
    ['gnu', 'tar.gz'],
  ] as const) {
    it(`gives its recordings (${format}, .${suffix}), read in any order`, async () => {
      const names = ['set/DC_a01.wav', ...(format === 'ustar' ? [] : [long]), 'set/happy/ä.wav'];
      for (const name of names) await put(`in/${name}`, name.repeat(100));
      const archive = join(folder, `corpus.${suffix}`);
      const flags = suffix === 'tar.gz' ? '-czf' : '-cf';
      execFileSync('tar', [flags, archive, `--format=${format}`, '-C', join(folder, 'in'), 'set']);
      const entries = await entriesOf(archive);
      expect(entries.map(({ path }) => path)).to.have.members(names.map((name) => `corpus.${suffix}/${name}`));
      for (const entry of entries.toReversed()) {
        expect(text(await readEntry(entry))).to.equal(entry.path.slice(`corpus.${suffix}/`.length).repeat(100));
      }
    });
  }

  it('is refused when it was cut short, and rejects archives within by name', async () => {
    await put('in/happy/1.wav', 'x'.repeat(5000));
    await put('in/more.zip');
    const archive = join(folder, 'c.tar');
    execFileSync('tar', ['-cf', archive, '-C', join(folder, 'in'), 'happy', 'more.zip']);
    const entries = await entriesOf(archive);
    expect(entries.map(({ path }) => path)).to.deep.equal(['c.tar/happy/1.wav', 'c.tar/more.zip']);
    expect((await failureOf(readEntry(entries[1]!))).what).to.contain('is an archive within an archive');
    const whole = await readFile(archive);
    for (const [name, bytes] of [
      ['cut.tar', whole.subarray(0, 3000)],
      ['cut.tar.gz', gzipSync(whole).subarray(0, 100)],
      ['none.tar', Buffer.from('no archive')],
    ] as const) {
      expect((await failureOf(openSource(await put(name, bytes)))).kind, name).to.equal('DataRefused');
    }
  });

  it('is refused when it would unpack to absurdly much', async () => {
    const bomb = await put('bomb.tar.gz', gzipSync(Buffer.alloc(80 * 1024 ** 2)));
    expect((await failureOf(openSource(bomb))).what).to.contain('would unpack to more than');
  });
});
