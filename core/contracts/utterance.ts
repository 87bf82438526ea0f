/** What a file name says of a recording, by the grammar of its corpus. Unknown parts are empty strings. */
export type NameFacts = {
  /** `CREMA-D`, `RAVDESS`, `TESS`, `SAVEE`, or the name of a user's own. */
  corpus: string;
  /** One of the eight emotions, or a user's own label. */
  emotion: string;
  /** The emotion as the corpus, folder or table writes it: `ANG`, `05`, `ps`, `Anger`. */
  code: string;
  /** Unique over all corpora: `RAVDESS-07`, `TESS-OAF`, `CREMA-D-1001`, `SAVEE-DC`. */
  speaker: string;
  sex: 'female' | 'male' | '';
  /** The words spoken, by the corpus's own code (`IEO`, `01`, `back`). */
  sentence: string;
  /** The corpus's own intensity code, where it has one. */
  intensity: string;
  take: string;
  /** The part that a table of the user's puts it into; empty when none does. */
  split: Part | '';
};

/** What the samples say of a recording. */
export type AudioFacts = {
  sampleRate: number;
  channels: number;
  durationSeconds: number;
  /** `wav`, `aiff`, `flac`, `mp3`, `ogg`. */
  container: string;
  /** Largest absolute sample, full scale = 1. */
  peak: number;
  rms: number;
  /** Share of samples at or beyond full scale. */
  clippedShare: number;
};

/** One row of a catalogue: a recording with its label. A rejected one keeps its row, with the reason. */
export type Utterance = NameFacts &
  AudioFacts & {
    /** Of the file's bytes, hexadecimal; the recording lies in the store under it. */
    sha256: string;
    /** Where it was found: relative to the source, `archive.zip/inner/path.wav` in an archive. */
    path: string;
    sizeBytes: number;
    status: 'ok' | 'rejected';
    /** Why it was rejected; empty when it was not. */
    reason: string;
  };

export type Part = 'train' | 'validation' | 'test';

/** One row of a split. */
export type SplitRow = { sha256: string; emotion: string; part: Part };
