import type { Emotion } from '../contracts/emotions.js';
import type { NameFacts } from '../contracts/utterance.js';
import { isFemaleCremaActor } from './cremaActors.js';

/** Reads a name of one corpus; undefined for a name of another. */
type Grammar = (stem: string, folder: string) => NameFacts | undefined;

const CREMA_EMOTIONS: Record<string, Emotion> = {
  ANG: 'angry',
  DIS: 'disgust',
  FEA: 'fear',
  HAP: 'happy',
  NEU: 'neutral',
  SAD: 'sad',
};

const RAVDESS_EMOTIONS: Record<string, Emotion> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happy',
  '04': 'sad',
  '05': 'angry',
  '06': 'fear',
  '07': 'disgust',
  '08': 'surprise',
};

const TESS_EMOTIONS: Record<string, Emotion> = {
  angry: 'angry',
  disgust: 'disgust',
  fear: 'fear',
  happy: 'happy',
  neutral: 'neutral',
  ps: 'surprise',
  sad: 'sad',
};

const SAVEE_EMOTIONS: Record<string, Emotion> = {
  a: 'angry',
  d: 'disgust',
  f: 'fear',
  h: 'happy',
  n: 'neutral',
  sa: 'sad',
  su: 'surprise',
};

/** `ACTOR_SENTENCE_EMOTION_INTENSITY`; the intensity `X` of older copies is the `XX` of today's. */
const cremaD: Grammar = (stem) => {
  const match = /^(10\d\d)_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX?)$/.exec(stem);
  if (match === null) return undefined;
  const [, actor = '', sentence = '', code = '', intensity = ''] = match;
  const emotion = CREMA_EMOTIONS[code];
  if (emotion === undefined || actor < '1001' || actor > '1091') return undefined;
  return {
    corpus: 'CREMA-D',
    emotion,
    code,
    speaker: `CREMA-D-${actor}`,
    sex: isFemaleCremaActor(actor) ? 'female' : 'male',
    sentence,
    intensity: intensity === 'X' ? 'XX' : intensity,
    take: '',
    split: '',
  };
};

const RAVDESS_NAME = /^(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(0[1-9]|1\d|2[0-4])$/;

/** `MODALITY-CHANNEL-EMOTION-INTENSITY-STATEMENT-REPETITION-ACTOR`; audio-only speech alone is taken. Even actors are women. */
const ravdess: Grammar = (stem) => {
  const match = RAVDESS_NAME.exec(stem);
  if (match === null) return undefined;
  const [, modality, channel, code = '', intensity = '', statement = '', repetition = '', actor = ''] = match;
  const emotion = RAVDESS_EMOTIONS[code];
  if (modality !== '03' || channel !== '01' || emotion === undefined) return undefined;
  return {
    corpus: 'RAVDESS',
    emotion,
    code,
    speaker: `RAVDESS-${actor}`,
    sex: Number(actor) % 2 === 0 ? 'female' : 'male',
    sentence: statement,
    intensity,
    take: repetition,
    split: '',
  };
};

/** `SPEAKER_WORD_EMOTION`; `ps` is pleasant surprise, and one file of OAF is spelt `OA_bite_neutral`. */
const tess: Grammar = (stem) => {
  const match = /^(OAF?|YAF)_([a-z]+)_([a-z]+)$/.exec(stem);
  if (match === null) return undefined;
  const [, prefix = '', word = '', code = ''] = match;
  const emotion = TESS_EMOTIONS[code];
  if (emotion === undefined) return undefined;
  const speaker = prefix === 'OA' ? 'TESS-OAF' : `TESS-${prefix}`;
  return { corpus: 'TESS', emotion, code, speaker, sex: 'female', sentence: word, intensity: '', take: '', split: '' };
};

/**
 * `SPEAKER_EMOTIONnn`, or `EMOTIONnn` in a folder named after the speaker, as its owners publish it. Numbers run within an
 * emotion, so the emotion is part of the sentence's code. Beware of splits by sentence: SAVEE's speakers say some of their
 * sentences in every emotion, and names do not tell which.
 */
const savee: Grammar = (stem, folder) => {
  const name = /^(DC|JE|JK|KL)_/.test(stem) ? stem : `${folder}_${stem}`;
  const match = /^(DC|JE|JK|KL)_((sa|su|[adfhn])(0[1-9]|[12]\d|30))$/.exec(name);
  if (match === null) return undefined;
  const [, speaker = '', sentence = '', code = '', number] = match;
  const emotion = SAVEE_EMOTIONS[code];
  if (emotion === undefined || (emotion !== 'neutral' && Number(number) > 15)) return undefined;
  return {
    corpus: 'SAVEE',
    emotion,
    code,
    speaker: `SAVEE-${speaker}`,
    sex: 'male',
    sentence,
    intensity: '',
    take: '',
    split: '',
  };
};

const GRAMMARS: readonly Grammar[] = [cremaD, ravdess, tess, savee];

/** The last two parts of a `/`-separated path: folder and file name without its extension. */
function folderAndStem(path: string): { folder: string; stem: string } {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  return { folder: parts.at(-2) ?? '', stem: name.replace(/\.[^.]*$/, '') };
}

/**
 * What the name of a recording says of it, by the grammars of the four corpora. Only the file name counts; the folder
 * above it is looked at for SAVEE's own layout alone.
 *
 * @param path `/`-separated
 * @returns undefined for a name of none of the four, and for RAVDESS's songs and videos
 */
export function recogniseName(path: string): NameFacts | undefined {
  const { folder, stem } = folderAndStem(path);
  for (const grammar of GRAMMARS) {
    const facts = grammar(stem, folder);
    if (facts !== undefined) return facts;
  }
  return undefined;
}

/** Why a name that belongs to one of the corpora is not taken; undefined for any other name. */
export function unusedPartOfCorpus(path: string): string | undefined {
  const match = RAVDESS_NAME.exec(folderAndStem(path).stem);
  if (match?.[2] === '02') return 'is a song of RAVDESS; only its speech is used';
  return match !== null && match[1] !== '03' ? 'is a video of RAVDESS; only its audio-only files are used' : undefined;
}
