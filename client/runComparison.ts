import { readCatalogue } from '../activities/objects/catalogueObject.js';
import { readStageOutput } from '../activities/objects/stageOutput.js';
import type { RunStatus } from '../core/contracts/runs.js';
import { signTest } from '../core/contracts/signTest.js';
import type { Utterance } from '../core/contracts/utterance.js';
import { loadManifest } from '../core/store/manifest.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { readParquet, stringsOf } from '../core/store/parquet.js';
import { type Difference, differences } from './differences.js';
import { stageKey } from './runRecords.js';

/** A recording that one catalogue has and the other has not, or under another label. */
export type ChangedRecording = { path: string; sha256: string; first: string; second: string };

/** What tells two runs apart. */
export type RunComparison = {
  first: string;
  second: string;
  configuration: Difference[];
  data: { added: ChangedRecording[]; removed: ChangedRecording[]; relabelled: ChangedRecording[]; same: number };
  /** Shards that they went on without, as ranges, where one of them did. */
  skippedShards?: { first: string; second: string };
  versions: Difference[];
  metrics: { name: string; first: number | undefined; second: number | undefined }[];
  /** Over the test recordings of both; left out when there are none. */
  significance?: {
    recordings: number;
    /** Those that only this one gets right, or gets right under a larger share of its seeds. */
    onlyFirst: number;
    onlySecond: number;
    /** Answers to a recording: one a seed. */
    answers: [first: number, second: number];
    /** Of the sign test, which is McNemar's exact one where each has one answer: how probable so one-sided a count is between equals. */
    p: number;
  };
};

const METRICS = ['accuracy', 'balancedAccuracy', 'macroF1', 'logLoss', 'count'] as const;

/** Compares two recorded runs by their configuration, catalogues, versions, metrics and single answers. */
export async function compareRuns(store: ObjectStore, first: RunStatus, second: RunStatus): Promise<RunComparison> {
  const significance = await compareAnswers(store, first, second);
  return {
    first: first.name,
    second: second.name,
    configuration: differences({ ...first.config, name: '' }, { ...second.config, name: '' }),
    data: compareCatalogues(await usableRows(store, first), await usableRows(store, second)),
    versions: differences(await versionsOf(store, first), await versionsOf(store, second)),
    metrics: METRICS.map((name) => ({ name, first: first.metrics?.[name], second: second.metrics?.[name] })),
    ...skippedBy(first, second),
    ...(significance === undefined ? {} : { significance }),
  };
}

function skippedBy(
  { skippedShards: one }: RunStatus,
  { skippedShards: other }: RunStatus,
): Pick<RunComparison, 'skippedShards'> {
  if (one === undefined && other === undefined) return {};
  return { skippedShards: { first: one ?? '', second: other ?? '' } };
}

async function usableRows(store: ObjectStore, run: RunStatus): Promise<Utterance[]> {
  const key = stageKey(run, 'fetchCorpus');
  if (key === undefined) return [];
  return (await readCatalogue(store, key)).filter(({ status }) => status === 'ok');
}

function compareCatalogues(
  first: readonly Pick<Utterance, 'sha256' | 'path' | 'emotion'>[],
  second: readonly Pick<Utterance, 'sha256' | 'path' | 'emotion'>[],
): RunComparison['data'] {
  const before = new Map(first.map((row) => [row.sha256, row]));
  const after = new Map(second.map((row) => [row.sha256, row]));
  const changed = (sha256: string): ChangedRecording => {
    const [one, other] = [before.get(sha256), after.get(sha256)];
    return { path: (other ?? one)!.path, sha256, first: one?.emotion ?? '', second: other?.emotion ?? '' };
  };
  const kept = [...before.keys()].filter((sha256) => after.has(sha256));
  const relabelled = kept.filter((sha256) => before.get(sha256)!.emotion !== after.get(sha256)!.emotion);
  return {
    added: [...after.keys()].filter((sha256) => !before.has(sha256)).map(changed),
    removed: [...before.keys()].filter((sha256) => !after.has(sha256)).map(changed),
    relabelled: relabelled.map(changed),
    same: kept.length - relabelled.length,
  };
}

/** Of the program, of each stage, and what wrote it. */
async function versionsOf(store: ObjectStore, run: RunStatus): Promise<Record<string, unknown>> {
  const versions: Record<string, unknown> = { program: run.version };
  for (const [stage, folder] of stageFolders(run)) {
    const manifest = await loadManifest(store, folder);
    if (manifest === undefined) continue;
    versions[stage] = { version: manifest.stageVersion, producer: manifest.producer };
    if (stage === 'planShards') versions['features'] = manifest.parameters['featureSet'];
    if (stage === 'trainModel') versions['backend'] = manifest.parameters['backend'];
  }
  return versions;
}

/** Where the outputs of a run lie, by stage; its shards are named by its plan. */
export function stageFolders(run: Pick<RunStatus, 'stages'>): [stage: string, folder: string][] {
  const under = {
    fetchCorpus: 'catalogues',
    planShards: 'plans',
    splitUtterances: 'splits',
    trainModel: 'models',
    evaluateModel: 'evaluations',
    poolTrials: 'experiments',
    writeReport: 'reports',
  } as const;
  return (Object.keys(under) as (keyof typeof under)[]).flatMap((stage): [string, string][] => {
    const key = stageKey(run, stage);
    return key === undefined ? [] : [[stage, `${under[stage]}/${key}`]];
  });
}

async function compareAnswers(
  store: ObjectStore,
  first: RunStatus,
  second: RunStatus,
): Promise<RunComparison['significance']> {
  const [one, other] = [await readAnswers(store, first), await readAnswers(store, second)];
  const common = [...one.keys()].filter(
    (sha256) => other.has(sha256) && sameTruth(one.get(sha256)!, other.get(sha256)!),
  );
  if (common.length === 0) return undefined;
  const shareOf = (answers: Answers, sha256: string) => answers.get(sha256)!.right / answers.get(sha256)!.count;
  const lead = common.map((sha256) => shareOf(one, sha256) - shareOf(other, sha256));
  const onlyFirst = lead.filter((difference) => difference > 0).length;
  const onlySecond = lead.filter((difference) => difference < 0).length;
  const most = (answers: Answers) => Math.max(...common.map((sha256) => answers.get(sha256)!.count));
  return {
    ...{ recordings: common.length, onlyFirst, onlySecond, p: signTest(onlyFirst, onlySecond) },
    answers: [most(one), most(other)],
  };
}

/** Of each test recording how many answers there are, one a seed, and how many of them are right. */
type Answers = Map<string, { emotion: string; count: number; right: number }>;

function sameTruth(one: { emotion: string }, other: { emotion: string }): boolean {
  return one.emotion === other.emotion;
}

async function readAnswers(store: ObjectStore, run: RunStatus): Promise<Answers> {
  const folder = stageFolders(run).find(([stage]) => stage === 'evaluateModel' || stage === 'poolTrials')?.[1];
  if (folder === undefined) return new Map();
  const bytes = await readStageOutput(store, folder, 'predictions.parquet');
  const table = await readParquet(bytes, ['sha256', 'emotion', 'predicted']);
  const [emotions, predicted] = [stringsOf(table, 'emotion'), stringsOf(table, 'predicted')];
  const answers: Answers = new Map();
  for (const [row, sha256] of stringsOf(table, 'sha256').entries()) {
    const emotion = emotions[row]!;
    const { count, right } = answers.get(sha256) ?? { count: 0, right: 0 };
    answers.set(sha256, { emotion, count: count + 1, right: right + Number(predicted[row] === emotion) });
  }
  return answers;
}
