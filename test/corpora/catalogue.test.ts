import { expect } from 'chai';
import fc from 'fast-check';
import type { Utterance } from '../../core/contracts/utterance.js';
import { buildCatalogue, refuseTooManyRejects } from '../../core/corpora/catalogue.js';
import { catalogueColumns, catalogueRows } from '../../core/corpora/catalogueTable.js';
import { readParquet, writeParquet } from '../../core/store/parquet.js';

function utterance(path: string, changes: Partial<Utterance> = {}): Utterance {
  return {
    corpus: 'RAVDESS',
    emotion: 'happy',
    code: '03',
    speaker: 'RAVDESS-07',
    sex: 'male',
    sentence: '02',
    intensity: '01',
    take: '01',
    split: '',
    sampleRate: 48_000,
    channels: 1,
    durationSeconds: 3.6,
    container: 'wav',
    peak: 0.5,
    rms: 0.05,
    clippedShare: 0,
    sha256: path.padEnd(64, '-'),
    path,
    sizeBytes: 345_644,
    status: 'ok',
    reason: '',
    ...changes,
  };
}

const rejected = (path: string): Utterance => utterance(path, { status: 'rejected', reason: 'is empty', sha256: '' });

describe('buildCatalogue', () => {
  it('orders rows by hash and counts files, usable ones, rejects and hours', () => {
    const { rows, counts, rejects } = buildCatalogue([utterance('b'), utterance('a'), rejected('c')]);
    expect(rows.map(({ path }) => path)).to.deep.equal(['c', 'a', 'b']);
    expect(counts).to.deep.equal({ files: 3, usable: 2, rejected: 1, hours: 7.2 / 3600 });
    expect(rejects).to.deep.equal([{ path: 'c', reason: 'is empty' }]);
  });

  it('keeps one of identical recordings under one label and names it for the others', () => {
    const { rows, rejects } = buildCatalogue([
      utterance('x/2.wav', { sha256: 'ad' }),
      utterance('x/1.wav', { sha256: 'ad' }),
    ]);
    expect(rows.filter(({ status }) => status === 'ok').map(({ path }) => path)).to.deep.equal(['x/1.wav']);
    expect(rejects).to.deep.equal([{ path: 'x/2.wav', reason: 'is the same recording as x/1.wav' }]);
  });

  it('rejects all of identical recordings under contradictory labels', () => {
    const { counts, rejects } = buildCatalogue([
      utterance('1.wav', { sha256: '0d', emotion: 'angry' }),
      utterance('2.wav', { sha256: '0d', emotion: 'fear' }),
      utterance('3.wav', { sha256: '0e' }),
    ]);
    expect(counts.usable).to.equal(1);
    expect(rejects).to.deep.equal([
      { path: '1.wav', reason: 'is byte-identical to 2.wav (fear), under another label' },
      { path: '2.wav', reason: 'is byte-identical to 1.wav (angry), under another label' },
    ]);
  });

  it('does not take a rejected row for the twin of a usable one', () => {
    const twin = utterance('1.wav', { sha256: 'ad', status: 'rejected', reason: 'has no label' });
    expect(buildCatalogue([twin, utterance('2.wav', { sha256: 'ad' })]).counts.usable).to.equal(1);
  });

  it('does not depend on the order of the rows', () => {
    const emotions = fc.constantFrom('happy', 'sad');
    const row = fc
      .record({ path: fc.string(), sha256: fc.constantFrom('a', 'b', 'c'), emotion: emotions })
      .map(({ path, ...changes }) => utterance(path, changes));
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ path }) => path }), (rows) => {
        expect(buildCatalogue(rows.toReversed())).to.deep.equal(buildCatalogue(rows));
      }),
    );
  });
});

describe('refuseTooManyRejects', () => {
  const mixture = (good: number, bad: number): Utterance[] => [
    ...Array.from({ length: good }, (_, index) => utterance(`good-${index}`)),
    ...Array.from({ length: bad }, (_, index) => rejected(`bad-${index}`)),
  ];

  it('lets rejects pass up to the limit', () => {
    expect(() => refuseTooManyRejects(buildCatalogue(mixture(95, 5)), 0.05)).not.to.throw();
  });

  it('refuses more, with the first few reasons', () => {
    expect(() => refuseTooManyRejects(buildCatalogue(mixture(94, 6)), 0.05))
      .to.throw(
        '6 of 100 files were rejected, more than 5 % of them: bad-0: is empty; bad-1: is empty; bad-2: is empty; and 3 more',
      )
      .with.property('kind', 'DataRefused');
  });

  it('refuses a catalogue without a usable row whatever the limit', () => {
    expect(() => refuseTooManyRejects(buildCatalogue(mixture(0, 2)), 1)).to.throw('none of 2 files is usable');
  });

  it('does not hold repeated recordings against the data', () => {
    const once = mixture(10, 0);
    const again = once.map((row) => ({ ...row, path: `copy/${row.path}` }));
    expect(() => refuseTooManyRejects(buildCatalogue([...once, ...again]), 0)).not.to.throw();
  });
});

describe('a catalogue as a table', () => {
  it('comes back from Parquet as it was', async () => {
    const rows = [
      utterance('a'),
      utterance('b', { speaker: '', sex: '', peak: 1 / 3, path: 'ä/ö "ü".wav' }),
      rejected('c'),
    ];
    const table = await readParquet(writeParquet(catalogueColumns(rows)));
    expect(catalogueRows(table)).to.deep.equal(rows);
  });

  it('is refused when a column is missing', async () => {
    const columns = catalogueColumns([utterance('a')]).filter(({ name }) => name !== 'speaker');
    const table = await readParquet(writeParquet(columns));
    expect(() => catalogueRows(table))
      .to.throw('speaker')
      .with.property('kind', 'BadInput');
  });
});
