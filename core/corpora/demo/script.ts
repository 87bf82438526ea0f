import { EMOTIONS, type Emotion } from '../../contracts/emotions.js';
import type { NameFacts } from '../../contracts/utterance.js';
import { recogniseName } from '../grammars.js';
import { DEMO_PREFIX } from '../licences.js';

/** Who says what and how, and what the file shall look like. */
export type DemoUtterance = {
  path: string;
  facts: NameFacts;
  emotion: Emotion;
  /** Names the words: the same in every emotion and voice. */
  text: string;
  /** How fully the emotion is shown, as a mean over such utterances. */
  strength: number;
  style: CorpusStyle;
};

/** What the recordings of a corpus have in common. */
export type CorpusStyle = {
  sampleRate: number;
  /** Where the samples start in the file, in bytes. */
  dataOffset: 44 | 4096;
  syllables: number;
  /** Silence before and after, in seconds: shortest and longest. */
  pause: readonly [number, number];
  /** Level of the room below that of neutral speech, in decibels. */
  roomNoise: number;
};

const STYLES = {
  'CREMA-D': { sampleRate: 16_000, dataOffset: 44, syllables: 8, pause: [0.15, 0.4], roomNoise: -38 },
  RAVDESS: { sampleRate: 48_000, dataOffset: 4096, syllables: 7, pause: [0.3, 0.5], roomNoise: -50 },
  TESS: { sampleRate: 24_414, dataOffset: 44, syllables: 5, pause: [0.05, 0.15], roomNoise: -48 },
  SAVEE: { sampleRate: 44_100, dataOffset: 44, syllables: 9, pause: [0.1, 0.25], roomNoise: -44 },
} as const satisfies Record<string, CorpusStyle>;

const CREMA_ACTORS = ['1001', '1002', '1003', '1005', '1011', '1012', '1014', '1018'];
const CREMA_SENTENCES = ['IEO', 'TIE', 'IOM', 'IWW', 'TAI', 'MTI', 'IWL', 'ITH'];
const CREMA_CODES = ['ANG', 'DIS', 'FEA', 'HAP', 'NEU', 'SAD'];
const RAVDESS_ACTORS = ['01', '02', '03', '04', '05', '06', '07', '08'];
const TESS_WORDS = ['back', 'bean', 'chair', 'dog', 'fail', 'goose', 'home'];
const TESS_CODES = ['angry', 'disgust', 'fear', 'happy', 'neutral', 'ps', 'sad'];
const SAVEE_CODES = ['a', 'd', 'f', 'h', 'n', 'sa', 'su'];

const product = <A, B>(as: readonly A[], bs: readonly B[]): [A, B][] =>
  as.flatMap((a) => bs.map((b): [A, B] => [a, b]));

/** Neutral is rarer in CREMA-D than the other emotions, as it is in the real one. */
function cremaNames(): string[] {
  return product(CREMA_ACTORS, CREMA_SENTENCES)
    .flatMap(([actor, sentence]) => CREMA_CODES.map((code) => ({ actor, sentence, code })))
    .filter(({ sentence, code }) => code !== 'NEU' || sentence !== 'ITH')
    .map(({ actor, sentence, code }) => `CREMA-D/${actor}_${sentence}_${code}_XX.wav`);
}

/** Both statements in each emotion, strong and normal by turns; neutral has one statement and no strong form. */
function ravdessNames(): string[] {
  return RAVDESS_ACTORS.flatMap((actor, index) => [
    `RAVDESS/Actor_${actor}/03-01-01-01-0${1 + (index % 2)}-01-${actor}.wav`,
    ...product([2, 3, 4, 5, 6, 7, 8], [1, 2]).map(([code, statement]) => {
      const intensity = 1 + ((index + statement + code) % 2);
      return `RAVDESS/Actor_${actor}/03-01-0${code}-0${intensity}-0${statement}-01-${actor}.wav`;
    }),
  ]);
}

function tessNames(): string[] {
  return product(['OAF', 'YAF'], TESS_WORDS).flatMap(([speaker, word]) =>
    TESS_CODES.map((code) => `TESS/${speaker}_${word}_${code}.wav`),
  );
}

/** Twice as many neutral ones, as in the real one. */
function saveeNames(): string[] {
  return ['DC', 'JE', 'JK', 'KL'].flatMap((speaker, index) =>
    [...SAVEE_CODES.map((code) => `${code}0${1 + index}`), `n0${5 + index}`].map(
      (code) => `SAVEE/${speaker}_${code}.wav`,
    ),
  );
}

/** The 626 utterances of the demo corpus, in the order of their paths. */
export function demoUtterances(): DemoUtterance[] {
  return [...cremaNames(), ...ravdessNames(), ...tessNames(), ...saveeNames()].sort().map(utteranceOf);
}

function utteranceOf(path: string): DemoUtterance {
  const facts = recogniseName(path);
  const emotion = EMOTIONS.find((candidate) => candidate === facts?.emotion);
  if (facts === undefined || emotion === undefined) throw new Error(`${path} follows no grammar`);
  const corpus = facts.corpus as keyof typeof STYLES;
  // SAVEE numbers its sentences by emotion; the words must not give the emotion away.
  const text = corpus === 'SAVEE' ? facts.sentence.replace(/\D/g, '') : facts.sentence;
  return {
    path: `demo/${path}`,
    facts: { ...facts, corpus: `${DEMO_PREFIX}${corpus}`, speaker: `${DEMO_PREFIX}${facts.speaker}` },
    emotion,
    text: `${corpus}/${text}`,
    strength: corpus === 'RAVDESS' && facts.intensity === '01' ? 0.75 : 1,
    style: STYLES[corpus],
  };
}
