import { labelOrder } from '../contracts/emotions.js';
import type { Utterance } from '../contracts/utterance.js';
import { recogniseName } from './grammars.js';
import type { OfficialRecording } from './official.js';

/** What is known of one file that was read. */
export type SeenFile = Pick<Utterance, 'path' | 'sha256' | 'sizeBytes' | 'reason'>;

export type Tally = { present: number; official: number };

/** One corpus beside its official list. */
export type CorpusVerification = {
  corpus: string;
  official: number;
  present: number;
  speakers: Tally;
  /** In the order of the emotions; present ones are counted with the altered. */
  emotions: Record<string, Tally>;
  missing: string[];
  /** Files under an official name that hold other bytes, or cannot be read. */
  altered: { path: string; problem: string }[];
  /** Further copies of what is present already. */
  repeated: number;
  /** How certain the official hashes are. */
  trust: string;
};

export type Verification = {
  corpora: CorpusVerification[];
  /** Files of no official name; the note tells those whose bytes are known under another. */
  unknown: { path: string; note: string }[];
};

const TRUST: Record<string, string> = {
  'CREMA-D': "the corpus's own list",
  RAVDESS: 'hashed from a complete copy',
  TESS: 'a third party’s list; 2,798 of 2,800 were confirmed on audio',
  SAVEE: 'a third party’s list, confirmed on no audio',
};

/**
 * Sets files beside the official lists. Files are matched by what their names say, so that the other spellings that copies
 * have (`1040_ITH_SAD_X.wav`, `OAF_bite_neutral.wav`, `DC/a01.wav`) count as the recording they are, and compared by hash.
 * All four corpora are listed, also those of which nothing was seen.
 */
export function verifyFiles(official: readonly OfficialRecording[], seen: readonly SeenFile[]): Verification {
  const byName = new Map(official.map((recording) => [nameKey(recording.name), recording]));
  const byHash = new Map(official.map((recording) => [recording.sha256, recording]));
  const found = new Map<OfficialRecording, { right?: SeenFile; wrong: SeenFile[]; copies: number }>();
  const unknown: Verification['unknown'] = [];
  for (const file of seen) {
    const recording = byName.get(nameKey(file.path));
    if (recording === undefined) {
      const twin = byHash.get(file.sha256);
      unknown.push({ path: file.path, note: twin === undefined ? file.reason : `holds ${twin.corpus}'s ${twin.name}` });
      continue;
    }
    const files = found.get(recording) ?? { wrong: [], copies: 0 };
    if (file.sha256 !== recording.sha256) files.wrong.push(file);
    else if (files.right === undefined) files.right = file;
    else files.copies += 1;
    found.set(recording, files);
  }
  const corpora = [...new Set(official.map(({ corpus }) => corpus))].map((corpus): CorpusVerification => {
    const recordings = official.filter((recording) => recording.corpus === corpus);
    const there = recordings.filter((recording) => found.has(recording));
    return {
      corpus,
      official: recordings.length,
      present: recordings.filter((recording) => found.get(recording)?.right !== undefined).length,
      speakers: { present: countSpeakers(there), official: countSpeakers(recordings) },
      emotions: tallyEmotions(there, recordings),
      missing: recordings.filter((recording) => !found.has(recording)).map(({ name }) => name),
      altered: there.flatMap((recording) =>
        found.get(recording)!.wrong.map((file) => ({ path: file.path, problem: problemOf(file, recording) })),
      ),
      repeated: there.reduce((sum, recording) => sum + found.get(recording)!.copies, 0),
      trust: TRUST[corpus] ?? '',
    };
  });
  return { corpora, unknown };
}

/** The same for every spelling of a recording's name; the path itself for what follows no grammar. */
function nameKey(path: string): string {
  const facts = recogniseName(path);
  if (facts === undefined) return path;
  const { corpus, emotion, speaker, sentence, intensity, take } = facts;
  return [corpus, emotion, speaker, sentence, intensity, take].join('|');
}

function problemOf({ sha256, sizeBytes, reason }: SeenFile, official: OfficialRecording): string {
  if (sha256 === '') return reason;
  return sizeBytes === official.sizeBytes
    ? 'other bytes of the same size'
    : `${sizeBytes} bytes instead of ${official.sizeBytes}`;
}

function countSpeakers(recordings: readonly OfficialRecording[]): number {
  return new Set(recordings.map(({ speaker }) => speaker)).size;
}

function tallyEmotions(
  there: readonly OfficialRecording[],
  recordings: readonly OfficialRecording[],
): Record<string, Tally> {
  const count = (list: readonly OfficialRecording[], label: string) =>
    list.filter(({ emotion }) => emotion === label).length;
  return Object.fromEntries(
    labelOrder(recordings.map(({ emotion }) => emotion)).map((label) => [
      label,
      { present: count(there, label), official: count(recordings, label) },
    ]),
  );
}
