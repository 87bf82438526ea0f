import { EMOTIONS, type Emotion } from '../contracts/emotions.js';
import { SerError } from '../contracts/errors.js';
import type { NameFacts } from '../contracts/utterance.js';
import { parseCsv } from './csv.js';
import { recogniseName } from './grammars.js';

/** Says what is known of a recording by its path within the source; undefined when its emotion is not. */
export type Labeller = (path: string) => NameFacts | undefined;

/** Rows of a table of labels, by path. */
export type LabelTable = ReadonlyMap<string, NameFacts>;

const OTHER_WORDS: Record<string, Emotion> = {
  anger: 'angry',
  calmness: 'calm',
  disgusted: 'disgust',
  fearful: 'fear',
  happiness: 'happy',
  joy: 'happy',
  pleasant_surprise: 'surprise',
  pleasant_surprised: 'surprise',
  ps: 'surprise',
  sadness: 'sad',
  surprised: 'surprise',
};

/** The emotion a folder is named after, in any spelling of case and in the forms people use (`Anger`, `fearful`). */
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
 * A user's own labels: a table with the columns `path` and `emotion`, and `speaker`, `sentence`, `corpus` if wanted, in
 * any order. Emotions are taken as they are, apart from the other words for the eight.
 *
 * @param corpus the corpus of rows that name none
 * @param name what to call the table in errors
 * @returns undefined for a table of other columns
 * @throws SerError `BadInput` for a row without a path or an emotion
 */
export function parseLabelTable(text: string, corpus: string, name: string): LabelTable | undefined {
  const [header = [], ...rows] = parseCsv(text);
  const columns = header.map((column) => column.trim().toLowerCase());
  if (!columns.includes('path') || !columns.includes('emotion')) return undefined;
  const table = new Map<string, NameFacts>();
  for (const [index, row] of rows.entries()) {
    const field = (column: string): string => row[columns.indexOf(column)]?.trim() ?? '';
    const path = field('path').replaceAll('\\', '/').replace(/^\.\//, '');
    const emotion = field('emotion');
    if (path === '' || emotion === '') {
      throw new SerError(
        'BadInput',
        `row ${index + 2} has no ${path === '' ? 'path' : 'emotion'}`,
        name,
        'Each row needs a path relative to the table and an emotion.',
      );
    }
    const ownCorpus = field('corpus') || corpus;
    const speaker = field('speaker');
    table.set(path, {
      corpus: ownCorpus,
      emotion: emotionOfWord(emotion) ?? emotion,
      speaker: speaker === '' ? '' : `${ownCorpus}-${speaker}`,
      sex: '',
      sentence: field('sentence'),
      intensity: '',
      take: '',
    });
  }
  return table;
}
