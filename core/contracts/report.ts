import type { ExperimentResults } from './experiment.js';
import type { CatalogueCounts, Reject, RunConfig, StageStatus } from './runs.js';
import type { GroupImportance, Metrics, ModelMetadata } from './training.js';
import type { Part } from './utterance.js';

/** A recording of the test part with what the model answered. */
export type TestedUtterance = {
  path: string;
  /** Its name in the store: `audio/<sha256>.wav`. */
  audio: string;
  corpus: string;
  speaker: string;
  sex: string;
  emotion: string;
  predicted: string;
  /** One per label of the model, in its order. */
  probabilities: number[];
};

/** What the split's manifest proves, counted over the split as it was written. */
export type LeakCheck = {
  /** Whether every condition of the protocol is met. */
  holds: boolean;
  speakers: Record<Part, number>;
  /** Recordings in more than one part. */
  sharedRecordings: number;
  /** Speakers in more than one part; only the protocol `speaker` forbids them. */
  sharedSpeakers: number;
  /** Speakers, sentences or corpora, by the protocol, in the test part and in another; must be none. */
  sharedWithTest: number;
  /** Recordings in no part because nothing is trained on their class. */
  leftOut: number;
  /** Other recordings of the catalogue in no part. */
  unassigned: number;
};

/** The champion of the moment in which a report is written; never the model of the report itself. */
export type ChampionScores = {
  run: string;
  metrics: Pick<Metrics, 'accuracy' | 'balancedAccuracy' | 'logLoss' | 'count'> & { macroF1: number };
  /** Whether it was tested on the same recordings. */
  sameSplit: boolean;
  /** Test recordings that one of the two names right and the other wrong; only over the same recordings. */
  disagreement?: { onlyThis: number; onlyChampion: number };
};

/** How long a stage took; next to nothing when its output stood in the store. */
export type StageTiming = Required<Pick<StageStatus, 'stage' | 'state'>> & { seconds: number };

/** Everything a report shows; it is also written beside the page as `report.json`. */
export type ReportData = {
  config: RunConfig;
  /** Of this program. */
  version: string;
  /** Of what it stood on, by name: `node`, `platform`, `@tensorflow/tfjs-core`, ... */
  versions: Record<string, string>;
  catalogue: CatalogueCounts;
  /** One entry per corpus, emotion and part of the split that holds at least one utterance. */
  counts: { corpus: string; emotion: string; part: Part; count: number; durationSeconds: number }[];
  rejects: Reject[];
  model: ModelMetadata;
  metrics: Metrics;
  /** Without it, the page leaves out what needs single answers: calibration, groups, confident mistakes. */
  tested?: TestedUtterance[];
  leakCheck?: LeakCheck;
  /** Left out when there is none but this model. */
  champion?: ChampionScores;
  importance?: GroupImportance[];
  /** What the epochs of the training took together. */
  trainingSeconds?: number;
  /** Of the stages before the report, in their order. */
  timings?: StageTiming[];
  /** Keys of the stages behind the report, by stage name; of `extractFeatures` a digest over the keys of its shards. */
  lineage: Record<string, string>;
  /** `condition` is what else the owners of a corpus want; empty when nothing. */
  licences: { corpus: string; licence: string; citation: string; condition: string }[];
};

/** An answer of an experiment, and the repetition that gave it. */
export type PooledAnswer = TestedUtterance & {
  seed: number;
  /** From 0; left out where there are no folds. */ fold?: number;
};

/** Everything the report of an experiment shows. */
export type ExperimentReport = Pick<
  ReportData,
  'config' | 'version' | 'versions' | 'catalogue' | 'rejects' | 'timings' | 'lineage' | 'licences'
> & {
  results: ExperimentResults;
  answers: PooledAnswer[];
  /** Of all trainings. */
  backend: string;
  /** Whether any recording is synthetic. */
  synthetic: boolean;
};

/** What there is to see of one recording, at the resolution of a picture. */
export type RecordingPicture = {
  utterance: TestedUtterance;
  durationSeconds: number;
  /** Lowest and highest sample of equal spans of time. */
  waveform: { low: number; high: number }[];
  /** Levels in dB below the loudest, [time][frequency] from low to high. */
  spectrogram: number[][];
  /** Hz at the upper edge of the spectrogram. */
  highestHz: number;
  /** Mel-frequency cepstral coefficients, [time][coefficient], the first (level) left out. */
  cepstra: number[][];
};
