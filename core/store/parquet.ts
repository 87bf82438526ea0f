import { parquetMetadata, parquetRead } from 'hyparquet';
import type { ColumnData } from 'hyparquet/src/types.js';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { SerError, messageOf } from '../contracts/errors.js';

/** A column of a table; every value is present. */
export type ParquetColumn =
  | { name: string; type: 'DOUBLE'; data: Float64Array }
  | { name: string; type: 'FLOAT'; data: Float32Array }
  | { name: string; type: 'INT32'; data: Int32Array }
  | { name: string; type: 'BOOLEAN'; data: boolean[] }
  | { name: string; type: 'STRING'; data: string[] };

type ParquetType = ParquetColumn['type'];

/** A table as it was read: columns in the order of the file, and the file's own key-value metadata. */
export type ParquetTable = { rowCount: number; columns: ParquetColumn[]; metadata: Record<string, string> };

const ROWS_PER_GROUP = 1 << 16;

/**
 * A Parquet file: plain encoding for numbers (features hardly compress, and without native code it costs more than it
 * saves), dictionaries for texts that repeat. The same table gives the same bytes.
 *
 * @param columns all of one length
 * @param metadata written into the footer
 */
export function writeParquet(columns: readonly ParquetColumn[], metadata: Record<string, string> = {}): Uint8Array {
  const writer = new ByteWriter(columns.reduce((size, column) => size + estimatedSize(column), 4096));
  void parquetWrite({
    writer,
    columnData: columns.map(({ name, type, data }) => ({
      name,
      type,
      data,
      nullable: false,
      ...(type === 'STRING' ? {} : { encoding: 'PLAIN' as const }),
    })),
    codec: 'UNCOMPRESSED',
    statistics: false,
    rowGroupSize: ROWS_PER_GROUP,
    createdBy: 'ser',
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return writer.getBytes();
}

function estimatedSize({ data }: ParquetColumn): number {
  return 128 + (ArrayBuffer.isView(data) ? data.byteLength : data.length * 16);
}

/**
 * Reads a table, or some of its columns in the order asked for.
 *
 * @throws SerError `BadInput` for bytes that are no Parquet file, a column that it lacks or of a type this program does not
 *   write, or an absent value
 */
export async function readParquet(bytes: Uint8Array, columns?: readonly string[]): Promise<ParquetTable> {
  try {
    return await read(bytes, columns);
  } catch (error) {
    if (error instanceof SerError) throw error;
    throw new SerError('BadInput', `cannot be read as Parquet: ${messageOf(error)}`, '', '', { cause: error });
  }
}

async function read(bytes: Uint8Array, names: readonly string[] | undefined): Promise<ParquetTable> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(buffer);
  const rowCount = Number(metadata.num_rows);
  const known = new Map<string, ParquetColumn>();
  for (const { name, num_children, type, converted_type } of metadata.schema.slice(1)) {
    const column = num_children
      ? undefined
      : emptyColumn(name, converted_type === 'UTF8' ? 'STRING' : (type ?? ''), rowCount);
    if (column) known.set(name, column);
  }
  const wanted = (names ?? [...known.keys()]).map((name) => {
    const column = known.get(name);
    if (column === undefined) throw new SerError('BadInput', `has no column "${name}"`);
    return column;
  });
  const chunks: ColumnData[] = [];
  if (rowCount > 0 && wanted.length > 0) {
    await parquetRead({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata,
      columns: wanted.map(({ name }) => name),
      onChunk: (chunk) => chunks.push(chunk),
    });
  }
  for (const { columnName, columnData, rowStart } of chunks) {
    const column = known.get(columnName);
    if (column) fill(column, columnData, rowStart);
  }
  const pairs = metadata.key_value_metadata ?? [];
  return {
    rowCount,
    columns: wanted,
    metadata: Object.fromEntries(pairs.map(({ key, value }) => [key, value ?? ''])),
  };
}

/** A column with room for its values; undefined for a type that this program does not write. */
function emptyColumn(name: string, type: string, rows: number): ParquetColumn | undefined {
  switch (type) {
    case 'DOUBLE':
      return { name, type, data: new Float64Array(rows) };
    case 'FLOAT':
      return { name, type, data: new Float32Array(rows) };
    case 'INT32':
      return { name, type, data: new Int32Array(rows) };
    case 'BOOLEAN':
      return { name, type, data: new Array<boolean>(rows) };
    case 'STRING':
      return { name, type, data: new Array<string>(rows) };
    default:
      return undefined;
  }
}

function fill({ name, data }: ParquetColumn, values: ArrayLike<unknown>, rowStart: number): void {
  const bothNumeric = ArrayBuffer.isView(data) && ArrayBuffer.isView(values) && !(values instanceof BigInt64Array);
  if (bothNumeric) {
    data.set(values as unknown as ArrayLike<number>, rowStart);
    return;
  }
  const target = data as { [row: number]: unknown };
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined) throw new SerError('BadInput', `column "${name}" lacks a value`);
    target[rowStart + row] = value;
  }
}

/** The values of a column of texts. @throws SerError `BadInput` when the table has none of this name and type */
export function stringsOf(table: ParquetTable, name: string): string[] {
  return dataOf(table, name, 'STRING') as string[];
}

/** The values of a column of doubles. @throws SerError `BadInput` when the table has none of this name and type */
export function doublesOf(table: ParquetTable, name: string): Float64Array {
  return dataOf(table, name, 'DOUBLE') as Float64Array;
}

function dataOf(table: ParquetTable, name: string, type: ParquetType): ParquetColumn['data'] {
  const column = table.columns.find((candidate) => candidate.name === name && candidate.type === type);
  if (column === undefined) throw new SerError('BadInput', `has no column "${name}" of type ${type}`);
  return column.data;
}
