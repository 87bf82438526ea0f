import { ONLY_RECORDING, warningsOf } from '../../core/contracts/predictions.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { groupBy } from '../../core/reports/groupBy.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type Bundle, checkFeatureSet, measuresSpeakers, readBundle } from '../../core/training/bundle.js';
import { predictedClasses } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { LEAST_OF_SPEAKER, normaliseBySpeaker, rowsBySpeaker } from '../../core/training/speakerNormalisation.js';
import { audioKey } from '../objects/audio.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import { extractionRejects, readFeatures, rowsOf } from '../objects/featureTable.js';
import { inParallel } from '../objects/parallel.js';
import { readPlan, type ShardPlan } from '../objects/planObject.js';
import { predictionFiles, type TableRow } from '../objects/predictionTable.js';
import { readStageOutput } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type PredictRecordingsInput = { plan: string; model: string };
export type PredictRecordingsOutput = {
  files: Map<string, Uint8Array>;
  answered: number;
  rejected: number;
  /** Those of the rejected whose features there are, and the model has no answer for them. */
  unanswered: number;
};

/** Shards that are read at a time. */
const READ_AHEAD = 4;

/** What a model says of every recording of a plan's catalogue, in its order; what has no answer has its reason. */
export const predictRecordings: Job<PredictRecordingsInput, PredictRecordingsOutput> = async (input, context) => {
  const store = await context.store();
  const plan = await readPlan(store, input.plan);
  const bundle = await readBundle((name) => readStageOutput(store, `models/${input.model}`, name));
  checkFeatureSet(bundle, plan.featureSet);
  const recordings = await readCatalogue(store, plan.catalogue);
  const refused = new Map((await extractionRejects(store, plan.shards)).map(({ path, reason }) => [path, reason]));
  const usable = recordings.flatMap((row, index) =>
    row.status === 'ok' && !refused.has(audioKey(row)) ? [{ row, index }] : [],
  );

  const answers: TableRow[] = recordings.map((row) => ({
    file: row.path,
    sha256: row.sha256,
    error: row.reason || (refused.get(audioKey(row)) ?? ONLY_RECORDING),
  }));
  const answer = ({ row, index }: Asked, emotion: string, probabilities: number[]): void => {
    const { path, sha256, durationSeconds, peak } = row;
    const warnings = warningsOf(durationSeconds, peak);
    answers[index] = { file: path, sha256, emotion, probabilities, durationSeconds, warnings };
  };
  if (measuresSpeakers(bundle)) await predictBySpeaker(store, plan, bundle, usable, answer);
  else await predictByShard(store, plan, bundle, usable, answer);

  const rejected = answers.filter((row) => 'error' in row).length;
  const unanswered = usable.filter(({ index }) => 'error' in answers[index]!).length;
  return { files: predictionFiles(bundle.labels, answers), answered: answers.length - rejected, rejected, unanswered };
};

/** A row of the catalogue that is asked about, and its place. */
type Asked = { row: Utterance; index: number };
type Answer = (asked: Asked, emotion: string, probabilities: number[]) => void;

/** No more than a few shards are in memory at a time, however many there are. */
async function predictByShard(
  store: ObjectStore,
  plan: ShardPlan,
  bundle: Bundle,
  usable: readonly Asked[],
  answer: Answer,
): Promise<void> {
  const askedBySha256 = groupBy(usable, ({ row }) => row.sha256);
  const tell = answering(bundle, answer);
  await inParallel(READ_AHEAD, plan.shards, async (shard) => {
    const asked = shard.recordings.flatMap(({ sha256 }) => askedBySha256.get(sha256) ?? []);
    const sha256s = asked.map(({ row }) => row.sha256);
    const table = await readFeatures(store, { ...plan, shards: [shard] }, bundle.metadata.featureSet.columns, sha256s);
    tell(asked, rowsOf(table, sha256s));
  });
}

/** All features are in memory at once, since each is measured against the others of its speaker. */
async function predictBySpeaker(
  store: ObjectStore,
  plan: ShardPlan,
  bundle: Bundle,
  usable: readonly Asked[],
  answer: Answer,
): Promise<void> {
  const { columns } = bundle.metadata.featureSet;
  const counts = rowsBySpeaker(usable.map(({ row }) => row.speaker));
  const asked = usable.filter(({ row }) => counts.get(row.speaker)!.length >= LEAST_OF_SPEAKER);
  const sha256s = asked.map(({ row }) => row.sha256);
  const rows = rowsOf(await readFeatures(store, plan, columns, sha256s), sha256s);
  const speakers = asked.map(({ row }) => row.speaker);
  answering(bundle, answer)(asked, normaliseBySpeaker(rows, columns.length, speakers));
}

function answering(bundle: Bundle, answer: Answer): (asked: readonly Asked[], rows: Float64Array) => void {
  const { labels } = bundle;
  const predict = createPredictor(bundle);
  return (asked, rows) => {
    const probabilities = predict(rows, asked.length);
    const classes = predictedClasses(probabilities, labels.length);
    asked.forEach((one, index) => {
      const shares = [...probabilities.subarray(index * labels.length, (index + 1) * labels.length)];
      answer(one, labels[classes[index]!]!, shares);
    });
  };
}
