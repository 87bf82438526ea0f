import type { ObjectStore } from '../../core/store/objectStore.js';
import { doublesOf, readParquet, stringsOf, writeParquet } from '../../core/store/parquet.js';
import { readStageOutput } from './stageOutput.js';

/** What a model says of one recording, or why it has none to say. */
export type TableRow = { file: string; sha256: string } & (
  | { error: string }
  | {
      emotion: string;
      /** In the order of the labels. */
      probabilities: number[];
      durationSeconds: number;
      warnings: string[];
    }
);

const FILE = 'predictions.parquet';

/** One row a recording, in their order; where there is an error, texts are empty and numbers 0. */
export function predictionFiles(labels: readonly string[], rows: readonly TableRow[]): Map<string, Uint8Array> {
  const answers = rows.map((row) => ('error' in row ? undefined : row));
  const texts = (name: string, data: string[]) => ({ name, type: 'STRING' as const, data });
  const numbers = (name: string, data: number[]) => ({ name, type: 'DOUBLE' as const, data: Float64Array.from(data) });
  const table = writeParquet(
    [
      texts(
        'file',
        rows.map(({ file }) => file),
      ),
      texts(
        'sha256',
        rows.map(({ sha256 }) => sha256),
      ),
      texts(
        'emotion',
        answers.map((answer) => answer?.emotion ?? ''),
      ),
      numbers(
        'probability',
        answers.map((answer) => (answer === undefined ? 0 : Math.max(...answer.probabilities))),
      ),
      ...labels.map((label, column) =>
        numbers(
          `p_${label}`,
          answers.map((answer) => answer?.probabilities[column] ?? 0),
        ),
      ),
      numbers(
        'durationSeconds',
        answers.map((answer) => answer?.durationSeconds ?? 0),
      ),
      texts(
        'warnings',
        answers.map((answer) => answer?.warnings.join('; ') ?? ''),
      ),
      texts(
        'error',
        rows.map((row) => ('error' in row ? row.error : '')),
      ),
    ],
    { labels: labels.join('\n') },
  );
  return new Map([[FILE, table]]);
}

/** The rows that {@link predictionFiles} was given. */
export async function readPredictions(store: ObjectStore, key: string): Promise<TableRow[]> {
  const table = await readParquet(await readStageOutput(store, `predictions/${key}`, FILE));
  const [files, sha256s, emotions, warnings, errors] = ['file', 'sha256', 'emotion', 'warnings', 'error'].map((name) =>
    stringsOf(table, name),
  );
  const durations = doublesOf(table, 'durationSeconds');
  const probabilities = (table.metadata['labels'] ?? '').split('\n').map((label) => doublesOf(table, `p_${label}`));
  return files!.map((file, row): TableRow => {
    const named = { file, sha256: sha256s![row]! };
    if (errors![row] !== '') return { ...named, error: errors![row]! };
    return {
      ...named,
      emotion: emotions![row]!,
      probabilities: probabilities.map((column) => column[row]!),
      durationSeconds: durations[row]!,
      warnings: warnings![row] === '' ? [] : warnings![row]!.split('; '),
    };
  });
}
