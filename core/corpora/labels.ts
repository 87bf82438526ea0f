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
export function emotionOfWord(word: string): Emotion | undefined {
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
    const [header = [], ...rows] = parseCsv(text);
    const columns = header.map((column) => column.trim().toLowerCase());
    if (!columns.includes('path') || !columns.includes('emotion')) continue;
    for (const [index, row] of rows.entries()) {
      const field = (column: string): string => row[columns.indexOf(column)]?.trim() ?? '';
      const refuse = (what: string): never => {
        throw new SerError('DataRefused', `row ${index + 2} ${what}`, tablePath, 'Each path needs one emotion.');
      };
      const name = field('path').replaceAll('\\', '/').replace(/^\.\//, '');
      if (name === '' || field('emotion') === '') refuse(`has no ${name === '' ? 'path' : 'emotion'}`);
      const path = folder + name;
      const facts = factsOfRow(field, corpus);
      if ((labels.get(path)?.emotion ?? facts.emotion) !== facts.emotion)
        refuse(`labels ${name} a second time, otherwise`);
      labels.set(path, facts);
    }
  }
  return labels;
}

function factsOfRow(field: (column: string) => string, defaultCorpus: string): NameFacts {
  const corpus = field('corpus') || defaultCorpus;
  const speaker = field('speaker');
  const emotion = field('emotion');
  return {
    corpus,
    emotion: emotionOfWord(emotion) ?? emotion,
    speaker: speaker && `${corpus}-${speaker}`,
    sex: '',
    sentence: field('sentence'),
    intensity: '',
    take: '',
  };
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
