import type { ExperimentProgress, HeadlineSpread } from './experiment.js';
import type { StageTiming } from './report.js';
import type { CatalogueCounts, Reject, RunConfig, RunStatus, StageReference } from './runs.js';
import type { PredictionsReference } from './predictions.js';
import type { Promotion } from './promotion.js';
import type { DataCheck, DataCheckInput, FailureEvent, LastRetraining } from './retraining.js';
import type { Augmentation, TrainingParameters } from './training.js';

/** How many rejects travel in a payload; all of them stand in the catalogue. */
export const REJECTS_IN_PAYLOAD = 20;

export type CatalogueReference = StageReference & { counts: CatalogueCounts; rejects: Reject[] };

export type PlanReference = StageReference & {
  shards: number;
  files: number;
  /** Shards that do not stand in the store yet, as ranges: `0-12,15`. */
  pending: string;
  shardsPending: number;
  filesPending: number;
};

/** What became of one shard. */
export type ShardReference = StageReference & { shard: number; files: number; rejected: number };

export type EvaluationReference = StageReference & { metrics: NonNullable<RunStatus['metrics']> };

/** An experiment, and what its trainings share. */
export type ExperimentInput = NonNullable<ExperimentProgress['shared']> & { config: RunConfig };

export type ExperimentReference = EvaluationReference & {
  overFolds?: HeadlineSpread;
  overSeeds?: HeadlineSpread;
  /** Of a search: the place of the chosen trial. */
  chosen?: number;
  note: string;
};

/** What the workflows ask of activities. Every argument and result is a reference: a few hundred bytes. */
export type Activities = {
  fetchCorpus(input: { data: RunConfig['data']; store: string }): Promise<CatalogueReference>;
  fetchRecordings(input: { list: string; store: string }): Promise<Omit<CatalogueReference, 'rejects'>>;
  planShards(input: { catalogue: string; featureSet: string; augment?: Augmentation[] }): Promise<PlanReference>;
  extractShard(input: { plan: string; shard: number }): Promise<ShardReference>;
  splitUtterances(input: {
    catalogue: string;
    plan: string;
    /** Shards that the run goes on without, as ranges. */
    skipped: string;
    split: RunConfig['split'];
  }): Promise<StageReference & { note: string }>;
  trainModel(input: {
    plan: string;
    split: string;
    training: TrainingParameters;
    backend: string;
  }): Promise<StageReference & { backend: string; note: string }>;
  evaluateModel(input: { plan: string; split: string; model: string }): Promise<EvaluationReference>;
  predictRecordings(input: { plan: string; model: string }): Promise<PredictionsReference>;
  writeReport(input: {
    config: RunConfig;
    catalogue: string;
    plan: string;
    split: string;
    model: string;
    evaluation: string;
    skipped: string;
    /** Shown, and no part of the report's key. */
    timings: StageTiming[];
  }): Promise<StageReference>;
  chooseBackend(input: { backend: string }): Promise<{ backend: string }>;
  poolTrials(input: ExperimentInput): Promise<ExperimentReference>;
  writeExperimentReport(
    input: ExperimentInput & {
      experiment: string;
      /** Shown, and no part of the report's key. */ timings: StageTiming[];
    },
  ): Promise<StageReference>;
  promoteModel(input: {
    run: string;
    policy: RunConfig['promote'];
    model: string;
    split: string;
    plan: string;
  }): Promise<Promotion>;
  recordRun(input: { status: RunStatus }): Promise<void>;
  checkData(input: DataCheckInput): Promise<DataCheck>;
  lastRetraining(input: { schedule: string }): Promise<LastRetraining | null>;
  recordRetraining(input: { schedule: string; last: LastRetraining }): Promise<void>;
  /** Returns the names of the runs whose records it deleted. */
  forgetRuns(input: { schedule: string; keep: number }): Promise<string[]>;
  notifyFailure(input: { url: string; event: FailureEvent }): Promise<void>;
};
