import { SerError } from '../contracts/errors.js';
import type { NameFacts, Part } from '../contracts/utterance.js';
import { parseCsv } from './csv.js';
import type { Vocabulary } from './labelMap.js';

/** Rows of a user's own labels, by path. */
export type LabelTable = ReadonlyMap<string, NameFacts>;

/** What a row may say beside path and emotion. */
type Details = Pick<NameFacts, 'corpus' | 'speaker' | 'sentence' | 'sex' | 'split'>;

type LabelRow = Partial<Details> & { line: number; path: string; code: string };

type ReadTable = { name: string; rows: LabelRow[]; hasEmotions: boolean };

/**
 * A user's own labels: tables with the columns `path` and `emotion`, and `speaker`, `sentence`, `sex`, `corpus`, `split` if
 * wanted, in any order. Tables of an audformat database are read as well: there the path is called `file`, rows without
 * an emotion are passed over, and a table without emotions adds to what others say of a file. Tables of other columns
 * are passed over.
 *
 * Emotions are taken as they are, apart from the other words for the eight and the label map.
 *
 * @param tables texts of the tables, by their paths within the source; what they list is relative to them
 * @param corpus the corpus of rows that name none
 * @throws SerError `DataRefused` for a row without a path or an emotion, and for two rows that disagree on one path
 */
export function readLabelTables(
  tables: Iterable<readonly [path: string, text: string]>,
  corpus: string,
  vocabulary: Vocabulary,
): LabelTable {
  const read = [...tables].map(([name, text]) => readTable(name, text)).filter((table) => table !== undefined);
  const details = new Map<string, Partial<Details>>();
  for (const { name, rows } of read) {
    for (const row of rows)
      details.set(fullPath(name, row), { ...details.get(fullPath(name, row)), ...detailsOf(row) });
  }
  const labels = new Map<string, NameFacts>();
  for (const { name, rows } of read.filter(({ hasEmotions }) => hasEmotions)) {
    for (const row of rows) {
      const path = fullPath(name, row);
      const facts = factsOf(row.code, { corpus, ...details.get(path) }, vocabulary);
      const problem = problemOf(row.path, facts, labels.get(path));
      if (problem !== undefined) {
        throw new SerError('DataRefused', `row ${row.line} ${problem}`, name, 'Give each path one emotion.');
      }
      labels.set(path, facts);
    }
  }
  return labels;
}

/** What a table lists is relative to the folder it lies in, unless it is absolute. */
function fullPath(table: string, { path }: LabelRow): string {
  return path.startsWith('/') ? path : table.slice(0, table.lastIndexOf('/') + 1) + path;
}

function readTable(name: string, text: string): ReadTable | undefined {
  const [header = [], ...records] = parseCsv(text);
  const columns = header.map((column) => column.trim().toLowerCase());
  const pathColumn = ['path', 'file'].find((column) => columns.includes(column));
  const hasEmotions = columns.includes('emotion');
  if (pathColumn === undefined || (!hasEmotions && pathColumn === 'path')) return undefined;
  const rows = records.map((record, index): LabelRow => {
    const field = (column: string): string => record[columns.indexOf(column)]?.trim() ?? '';
    const line = index + 2;
    refuseSegment(name, line, field('start'));
    return {
      line,
      path: field(pathColumn).replaceAll('\\', '/').replace(/^\.\//, ''),
      code: field('emotion'),
      corpus: field('corpus'),
      speaker: field('speaker'),
      sentence: field('sentence') || field('transcription'),
      sex: sexOf(field('sex') || field('gender')),
      split: partOf(name, line, field('split')),
    };
  });
  return {
    name,
    hasEmotions,
    rows: pathColumn === 'path' ? rows : rows.filter(({ code }) => !hasEmotions || code !== ''),
  };
}

function detailsOf({ corpus, speaker, sentence, sex, split }: LabelRow): Partial<Details> {
  const said = Object.entries({ corpus, speaker, sentence, sex, split }).filter(([, value]) => value !== '');
  return Object.fromEntries(said);
}

function factsOf(code: string, details: Partial<Details> & { corpus: string }, { emotionOf }: Vocabulary): NameFacts {
  const { corpus, speaker = '', sentence = '', sex = '', split = '' } = details;
  return {
    corpus,
    emotion: emotionOf(code) ?? code,
    code,
    speaker: speaker && `${corpus}-${speaker}`,
    sex,
    sentence,
    intensity: '',
    take: '',
    split,
  };
}

function problemOf(path: string, { emotion }: NameFacts, earlier: NameFacts | undefined): string | undefined {
  if (path === '') return 'has no path';
  if (emotion === '') return 'has no emotion';
  return earlier === undefined || earlier.emotion === emotion
    ? undefined
    : `says ${emotion} of ${path}, an earlier one ${earlier.emotion}`;
}

function sexOf(word: string): NameFacts['sex'] {
  return word === 'female' || word === 'male' ? word : '';
}

const PARTS: Record<string, Part> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
};

function partOf(table: string, line: number, word: string): Part | '' {
  if (word === '') return '';
  const part = PARTS[word.toLowerCase()];
  if (part !== undefined) return part;
  throw new SerError(
    'DataRefused',
    `row ${line} has the split "${word}"`,
    table,
    'It takes train, validation or test, or nothing.',
  );
}

/** `0 days 00:00:01.5`, `1.5`: a label of part of a recording only. */
function refuseSegment(table: string, line: number, start: string): void {
  if (/^[^1-9]*$/.test(start)) return;
  throw new SerError(
    'DataRefused',
    `row ${line} labels a part of a recording (from ${start})`,
    table,
    'Cut the recordings into one file a label; only whole recordings are used.',
  );
}

/** Whether a file may be a table of labels: those lie at the top of a source, or in a folder at its top. */
export function isTableName(path: string): boolean {
  return /^([^/]+\/)?[^/]+\.csv$/i.test(path);
}
