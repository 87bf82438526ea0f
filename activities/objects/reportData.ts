import type { Activities } from '../../core/contracts/activities.js';
import { VERSION } from '../../core/contracts/names.js';
import type { LeakCheck, ReportData, TestedUtterance } from '../../core/contracts/report.js';
import type { GroupImportance, Metrics, ModelMetadata } from '../../core/contracts/training.js';
import type { SplitRow, Utterance } from '../../core/contracts/utterance.js';
import { buildCatalogue } from '../../core/corpora/catalogue.js';
import { licenceOf } from '../../core/corpora/licences.js';
import { canonicalJson, sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type Answer, readAnswers } from './answerTable.js';
import { audioKey } from './audio.js';
import { readCatalogue } from './catalogueObject.js';
import { championScores } from './championScores.js';
import { extractionRejects } from './featureTable.js';
import { libraryVersions } from './libraryVersions.js';
import { type PlannedShard, readPlan, shardsWithout } from './planObject.js';
import { proofOf, readSplit } from './splitObject.js';
import { parseJson, readStageOutput, standingManifest } from './stageOutput.js';

type ReportInput = Parameters<Activities['writeReport']>[0];

/** Everything a report shows, from the outputs of the stages before it. */
export async function gatherReport(store: ObjectStore, input: ReportInput): Promise<ReportData> {
  const shards = shardsWithout(await readPlan(store, input.plan), input.skipped);
  const catalogue = buildCatalogue(await readCatalogue(store, input.catalogue));
  const rowOf = new Map(catalogue.rows.filter(({ status }) => status === 'ok').map((row) => [row.sha256, row]));
  const counts = countParts(rowOf, await readSplit(store, input.split));
  const model = parseJson<ModelMetadata>(await readStageOutput(store, `models/${input.model}`, 'metadata.json'));
  const evaluated = (file: string) => readStageOutput(store, `evaluations/${input.evaluation}`, file);
  const answers = await readAnswers(store, `evaluations/${input.evaluation}`, model.labels);
  const champion = await championScores(store, { ...input, answers });
  const trainingSeconds = await secondsOfTraining(store, input.model);
  return {
    config: input.config,
    version: VERSION,
    versions: libraryVersions(),
    catalogue: catalogue.counts,
    counts,
    rejects: [...catalogue.rejects, ...(await extractionRejects(store, shards))],
    model,
    metrics: parseJson<Metrics>(await evaluated('metrics.json')),
    tested: answers.map((answer) => testedUtterance(answer, rowOf.get(answer.sha256)!)),
    leakCheck: await leakCheck(store, input.split),
    ...(champion === undefined ? {} : { champion }),
    importance: parseJson<GroupImportance[]>(await evaluated('importance.json')),
    ...(trainingSeconds === undefined ? {} : { trainingSeconds }),
    timings: input.timings,
    lineage: {
      fetchCorpus: input.catalogue,
      planShards: input.plan,
      extractFeatures: digestOf(shards),
      splitUtterances: input.split,
      trainModel: input.model,
      evaluateModel: input.evaluation,
    },
    licences: [...new Set(counts.map(({ corpus }) => corpus))].sort().map(licenceOf),
  };
}

/** A recording of a test part with the answer to it. */
export function testedUtterance({ emotion, predicted, probabilities }: Answer, row: Utterance): TestedUtterance {
  const { path, corpus, speaker, sex } = row;
  return { path, audio: audioKey(row), corpus, speaker, sex, emotion, predicted, probabilities };
}

/** What the manifest of a model tells, since the model itself does not hold it. */
async function secondsOfTraining(store: ObjectStore, model: string): Promise<number | undefined> {
  const { details } = await standingManifest(store, `models/${model}`);
  const epochs = details?.['epochSeconds'] as readonly number[] | undefined;
  return epochs?.reduce((sum, seconds) => sum + seconds, 0);
}

/** The lists of offenders as counts; a split without them would not stand. */
async function leakCheck(store: ObjectStore, split: string): Promise<LeakCheck> {
  const proof = proofOf(await standingManifest(store, `splits/${split}`));
  return {
    holds: proof.holds,
    speakers: proof.speakers,
    sharedRecordings: proof.sharedRecordings.length,
    sharedSpeakers: proof.sharedSpeakers.length,
    sharedWithTest: proof.sharedWithTest.length,
    leftOut: proof.leftOut.length,
    unassigned: proof.unassigned.length,
  };
}

/** Each shard lies under a key of its own; one digest stands for all of them. */
function digestOf(shards: readonly PlannedShard[]): string {
  return sha256Of(canonicalJson(shards.map(({ folder }) => folder)));
}

function countParts(rowOf: ReadonlyMap<string, Utterance>, split: readonly SplitRow[]): ReportData['counts'] {
  const counts = new Map<string, ReportData['counts'][number]>();
  for (const { sha256, emotion, part } of split) {
    const { corpus, durationSeconds } = rowOf.get(sha256)!;
    const group = JSON.stringify([corpus, emotion, part]);
    const count = counts.get(group) ?? { corpus, emotion, part, count: 0, durationSeconds: 0 };
    counts.set(group, { ...count, count: count.count + 1, durationSeconds: count.durationSeconds + durationSeconds });
  }
  return [...counts.keys()].sort().map((group) => counts.get(group)!);
}
