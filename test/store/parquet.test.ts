import parquetjs from '@dsnp/parquetjs';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerError } from '../../core/contracts/errors.js';
import { doublesOf, readParquet, stringsOf, writeParquet, type ParquetColumn } from '../../core/store/parquet.js';
import { failureOf } from './failureOf.js';

/** Tables of one to a few hundred rows with a column of each type. */
const tables: fc.Arbitrary<ParquetColumn[]> = fc.nat({ max: 300 }).chain((rows) => {
  const exactly = { minLength: rows, maxLength: rows };
  return fc.tuple(
    fc.array(fc.string({ unit: 'grapheme' }), exactly).map((data) => ({ name: 'path', type: 'STRING' as const, data })),
    fc.float64Array(exactly).map((data) => ({ name: 'mfcc_mean_0', type: 'DOUBLE' as const, data })),
    fc.float32Array(exactly).map((data) => ({ name: 'peak', type: 'FLOAT' as const, data })),
    fc.int32Array(exactly).map((data) => ({ name: 'sampleRate', type: 'INT32' as const, data })),
    fc.array(fc.boolean(), exactly).map((data) => ({ name: 'usable', type: 'BOOLEAN' as const, data })),
  );
});

const emotions = ['angry', 'calm', 'sad', 'überrascht'];
const example: ParquetColumn[] = [
  { name: 'sha256', type: 'STRING', data: Array.from({ length: 1000 }, (_, row) => `${row}`.padStart(64, '0')) },
  { name: 'emotion', type: 'STRING', data: Array.from({ length: 1000 }, (_, row) => emotions[row % 4] ?? '') },
  {
    name: 'f0',
    type: 'DOUBLE',
    data: Float64Array.from({ length: 1000 }, (_, row) => Math.sin(row) * 10 ** (row % 30)),
  },
  { name: 'frames', type: 'INT32', data: Int32Array.from({ length: 1000 }, (_, row) => row - 500) },
];

describe('Parquet', () => {
  it('reads back every table it writes', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        const table = await readParquet(writeParquet(columns));
        expect(table.columns).to.deep.equal(columns);
        expect(table.rowCount).to.equal(columns[0]?.data.length);
      }),
      { numRuns: 60 },
    );
  });

  it('reads back a table of several row groups', async () => {
    const data = Float64Array.from({ length: 150_000 }, (_, row) => row / 7);
    const table = await readParquet(writeParquet([{ name: 'x', type: 'DOUBLE', data }]));
    expect(Buffer.from(doublesOf(table, 'x').buffer).equals(Buffer.from(data.buffer))).to.equal(true);
  });

  it('gives the same bytes for the same table', () => {
    expect(Buffer.from(writeParquet(example)).equals(writeParquet(structuredClone(example)))).to.equal(true);
  });

  it('keeps the metadata of the file', async () => {
    const { metadata } = await readParquet(writeParquet(example, { featureSet: 'librosa195', version: '1' }));
    expect(metadata).to.deep.equal({ featureSet: 'librosa195', version: '1' });
  });

  it('reads the columns asked for, in their order, from bytes that lie in a larger buffer', async () => {
    const file = writeParquet(example);
    const larger = new Uint8Array(file.length + 20);
    larger.set(file, 13);
    const table = await readParquet(larger.subarray(13, 13 + file.length), ['f0', 'emotion']);
    expect(table.columns).to.deep.equal([example[2], example[1]]);
    expect(stringsOf(table, 'emotion')[3]).to.equal('überrascht');
  });

  it('names the column that is not there', async () => {
    const file = writeParquet(example);
    expect(await failureOf(readParquet(file, ['f1']))).to.include({ kind: 'BadInput', what: 'has no column "f1"' });
    const table = await readParquet(file);
    expect(() => doublesOf(table, 'emotion')).to.throw(SerError, 'has no column "emotion" of type DOUBLE');
  });

  it('refuses a file that was cut off', async () => {
    const file = writeParquet(example);
    for (const length of [0, 3, 11, file.length >> 1, file.length - 1]) {
      expect(await failureOf(readParquet(file.subarray(0, length)))).to.include({ kind: 'BadInput' });
    }
  });

  describe('for other readers', () => {
    let folder: string;
    let path: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ser-parquet-'));
      path = join(folder, 'table.parquet');
      await writeFile(path, writeParquet(example, { corpus: 'RAVDESS' }));
    });
    after(() => rm(folder, { recursive: true }));

    it('is what DuckDB reads', async () => {
      const connection = await (await DuckDBInstance.create()).connect();
      const rows = await connection.runAndReadAll(`SELECT * FROM '${path}'`);
      const columns = rows.getColumnsObject();
      for (const { name, data } of example) expect(columns[name]).to.deep.equal(Array.from(data as Iterable<unknown>));
      expect(rows.columnTypes().map(String)).to.deep.equal(['VARCHAR', 'VARCHAR', 'DOUBLE', 'INTEGER']);
      connection.closeSync();
    });

    it('is what parquetjs reads', async () => {
      const reader = await parquetjs.ParquetReader.openFile(path);
      const cursor = reader.getCursor();
      for (let row = 0; row < 1000; row++) {
        const values = (await cursor.next()) as Record<string, unknown>;
        for (const { name, data } of example) expect(values[name]).to.equal(data[row]);
      }
      expect(await cursor.next()).to.equal(null);
      expect(reader.getMetadata()).to.deep.equal({ corpus: 'RAVDESS' });
      await reader.close();
    });
  });
});
