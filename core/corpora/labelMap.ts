import { EMOTIONS, type Emotion } from '../contracts/emotions.js';
import { SerError } from '../contracts/errors.js';

/** What `--label-map` asks for: the emotion to use, by the word that folders, tables and corpora have. */
export type LabelMap = Readonly<Record<string, string>>;

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

function plainWord(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

/** The emotion that a word means, in any case and in the forms people use (`Anger`, `fearful`). */
function knownEmotion(word: string): Emotion | undefined {
  const plain = plainWord(word);
  return EMOTIONS.find((emotion) => emotion === plain) ?? OTHER_WORDS[plain];
}

/** Turns words into emotions, and remembers which entries of the map had a use. */
export type Vocabulary = {
  /** By the map, else one of the eight; undefined for any other word. */
  emotionOf: (word: string) => string | undefined;
  /** The map applied to what is an emotion already, by its name or by the corpus's own code. */
  renamed: (emotion: string, code: string) => string;
  /** Words of the map that nothing was called by. */
  unused: () => string[];
};

export function createVocabulary(map: LabelMap = {}): Vocabulary {
  const targets = new Map(
    Object.entries(map).map(([from, to]) => [plainWord(from), { from, to: knownEmotion(to) ?? to.trim() }]),
  );
  const used = new Set<string>();
  const mapped = (word: string): string | undefined => {
    const target = targets.get(plainWord(word));
    if (target !== undefined) used.add(target.from);
    return target?.to;
  };
  return {
    emotionOf: (word) => mapped(word) ?? knownEmotion(word),
    renamed: (emotion, code) => mapped(emotion) ?? mapped(code) ?? emotion,
    unused: () => Object.keys(map).filter((from) => !used.has(from)),
  };
}

/**
 * Entries as people type them: `bored=neutral,calm=neutral`.
 *
 * @throws SerError `BadConfig` naming the entry that is none
 */
export function parseLabelMap(entries: readonly string[]): LabelMap {
  const map: Record<string, string> = {};
  for (const entry of entries.flatMap((text) => text.split(','))) {
    const [from = '', to = '', ...rest] = entry.split('=').map((word) => word.trim());
    if (from === '' || to === '' || rest.length > 0) {
      throw new SerError('BadConfig', `got "${entry}"`, '--label-map', 'It takes FROM=TO, for example bored=neutral.');
    }
    map[from] = to;
  }
  return map;
}
