import { EMOTIONS, type Emotion } from '../contracts/emotions.js';
import { SerError } from '../contracts/errors.js';
import type { NameFacts } from '../contracts/utterance.js';
import { parseCsv } from './csv.js';
import { recogniseName } from './grammars.js';

/** Says what is known of a recording by its path within the source; undefined when its emotion is not. */
export type Labeller = (path: string) => NameFacts | undefined;

/** Rows of a user's own labels, by path. */
export type LabelTable = ReadonlyMap<string, NameFacts>;

const OTHER_WORDS: Record<string, Emotion> = {
  anger: 'angry',
  disgusted: 'disgust',
  fearful: 'fear',
  happiness: 'happy',
  pleasant_surprise: 'surprise',
  pleasant_surprised: 'surprise',
  ps: 'surprise',
  sadness: 'sad',
  surprised: 'surprise',
};

/** The emotion that a word means, in any case and in the forms people use (`Anger`, `fearful`). */
function emotionOfWord(word: string): Emotion | undefined {
  const plain = word.toLowerCase().replaceAll(/[\s-]+/g, '_');
  return EMOTIONS.find((emotion) => emotion === plain) ?? OTHER_WORDS[plain];
}

/**
 * Looks in the table first, then at the file name by the corpora's grammars, then at the folder the file lies in.
 *
 * @param corpus the name of the corpus that a folder per emotion makes
 */
export function createLabeller(table: LabelTable, corpus: string): Labeller {
  return (path) => {
    const listed = table.get(path) ?? recogniseName(path);
    if (listed !== undefined) return listed;
    const emotion = emotionOfWord(path.split('/').at(-2) ?? '');
    return emotion && { corpus, emotion, speaker: '', sex: '', sentence: '', intensity: '', take: '' };
  };
}

/**
 * A user's own labels: tables with the columns `path` and `emotion`, and `speaker`, `sentence`, `corpus` if wanted, in
 * any order. Emotions are taken as they are, apart from the other words for the eight. Tables of other columns are passed
 * over.
 *
 * @param tables texts of the tables, by their paths within the source; what they list is relative to them
 * @param corpus the corpus of rows that name none
 * @throws SerError `DataRefused` for a row without a path or an emotion, and for two rows that disagree on one path
 */
export function readLabelTables(tables: Iterable<readonly [path: string, text: string]>, corpus: string): LabelTable {
  const labels = new Map<string, NameFacts>();
  for (const [tablePath, text] of tables) {
    const folder = tablePath.slice(0, tablePath.lastIndexOf('/') + 1);
    for (const { line, path, facts } of labelRows(text, corpus)) {
      const problem = problemOf(path, facts, labels.get(folder + path));
      if (problem !== undefined) {
        throw new SerError('DataRefused', `row ${line} ${problem}`, tablePath, 'Give each path one emotion.');
      }
      labels.set(folder + path, facts);
    }
  }
  return labels;
}

type LabelRow = { line: number; path: string; facts: NameFacts };

/** The rows of a table as they are; none for a table of other columns. */
function labelRows(text: string, defaultCorpus: string): LabelRow[] {
  const [header = [], ...rows] = parseCsv(text);
  const columns = header.map((column) => column.trim().toLowerCase());
  if (!columns.includes('path') || !columns.includes('emotion')) return [];
  return rows.map((row, index) => {
    const field = (column: string): string => row[columns.indexOf(column)]?.trim() ?? '';
    const corpus = field('corpus') || defaultCorpus;
    const speaker = field('speaker');
    return {
      line: index + 2,
      path: field('path').replaceAll('\\', '/').replace(/^\.\//, ''),
      facts: {
        corpus,
        emotion: emotionOfWord(field('emotion')) ?? field('emotion'),
        speaker: speaker && `${corpus}-${speaker}`,
        sex: '',
        sentence: field('sentence'),
        intensity: '',
        take: '',
      },
    };
  });
}

function problemOf(path: string, { emotion }: NameFacts, earlier: NameFacts | undefined): string | undefined {
  if (path === '') return 'has no path';
  if (emotion === '') return 'has no emotion';
  return earlier === undefined || earlier.emotion === emotion
    ? undefined
    : `says ${emotion} of ${path}, an earlier one ${earlier.emotion}`;
}

/** Whether a file may be a table of labels: those lie at the top of a source, or in a folder at its top. */
export function isTableName(path: string): boolean {
  return /^([^/]+\/)?[^/]+\.csv$/i.test(path);
}

/** The paths that a table lists and the source does not hold. */
export function missingFrom(present: Iterable<string>, table: LabelTable): string[] {
  const found = new Set(present);
  return [...table.keys()].filter((path) => !found.has(path));
}

/** The reason their rejects get. */
export const LISTED_BUT_MISSING = 'is listed in the table of labels but is not there';
