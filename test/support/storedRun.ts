import { audioKey } from '../../activities/objects/audio.js';
import { catalogueFiles, specOfCatalogue } from '../../activities/objects/catalogueObject.js';
import { shardFiles } from '../../activities/objects/featureTable.js';
import { makePlan, planFiles, specOfPlan, specOfShard } from '../../activities/objects/planObject.js';
import { splitFiles } from '../../activities/objects/splitObject.js';
import { jsonBytes } from '../../activities/objects/stageOutput.js';
import { STAGES, VERSION, workflowIdOfRun } from '../../core/contracts/names.js';
import type { RunConfig, RunStatus } from '../../core/contracts/runs.js';
import { evaluationSpec, modelSpec, reportSpec, splitSpec, type StageSpec } from '../../core/contracts/stages.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { writeParquet } from '../../core/store/parquet.js';
import { runStage } from '../../core/store/stage.js';
import { makeSplit } from '../../core/training/splits/makeSplit.js';
import { runConfig } from './runConfig.js';

const FEATURE_SET = { name: 'librosa195', version: 1 };
const COLUMNS = ['level', 'pitch'];

/** A recording that exists by its number alone. */
export function recording(number: number, change: Partial<Utterance> = {}): Utterance {
  return {
    corpus: 'TEST',
    emotion: ['angry', 'happy', 'sad'][number % 3]!,
    code: '',
    speaker: `TEST-${number % 5}`,
    sex: '',
    sentence: '',
    intensity: '',
    take: '',
    split: '',
    sampleRate: 22_050,
    channels: 1,
    durationSeconds: 2,
    container: 'wav',
    peak: 0.5,
    rms: 0.1,
    clippedShare: 0,
    sha256: sha256Of(`recording ${number}`),
    path: `recording-${number}.wav`,
    sizeBytes: 8,
    status: 'ok',
    reason: '',
    ...change,
  };
}

export type StoredRunOptions = {
  rows: readonly Utterance[];
  config?: Partial<RunConfig>;
  state?: RunStatus['state'];
  startedAt?: string;
  /** What the model answers; the truth when left out. */
  answer?: (row: Utterance) => string;
  /** Whether the model says it was trained on synthetic speech. */
  synthetic?: boolean;
};

/** Writes every object of a finished run, as the activities would, and its record. The model is none that could predict. */
export async function storeRun(store: ObjectStore, name: string, options: StoredRunOptions): Promise<RunStatus> {
  const config = runConfig({ name, store: store.url, ...options.config });
  const rows = [...options.rows].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const write = async (spec: StageSpec, files: Map<string, Uint8Array>) =>
    (await runStage(store, spec, () => Promise.resolve({ files }))).key;

  for (const row of rows) await store.put(audioKey(row), new TextEncoder().encode(row.path));
  const catalogue = await write(specOfCatalogue(rows), catalogueFiles(rows));
  const planned = makePlan(catalogue, rows, FEATURE_SET);
  const plan = await write(specOfPlan(catalogue, FEATURE_SET), planFiles(planned));
  for (const { recordings } of planned.shards) {
    const sha256s = recordings.map(({ sha256 }) => sha256);
    const values = Float64Array.from({ length: COLUMNS.length * sha256s.length }, (_, index) => index);
    await write(specOfShard(sha256s, FEATURE_SET), shardFiles({ columns: COLUMNS, sha256s, values }));
  }

  const parts = makeSplit(rows, config.split);
  const split = await write(splitSpec(catalogue, FEATURE_SET, config.split), splitFiles(parts));
  const weights = jsonBytes({ split, training: config.training });
  const metadata = jsonBytes({ trainedOn: { synthetic: options.synthetic ?? false } });
  const bundle = new Map([
    ['weights.bin', weights],
    ['metadata.json', metadata],
  ]);
  const model = await write(modelSpec(split, config.training, 'fused'), bundle);
  const tested = parts.filter(({ part }) => part === 'test');
  const rowOf = new Map(rows.map((row) => [row.sha256, row]));
  const answers = tested.map(({ sha256 }) => (options.answer ?? (({ emotion }) => emotion))(rowOf.get(sha256)!));
  const right = tested.filter(({ emotion }, index) => emotion === answers[index]).length / tested.length;
  const evaluated = new Map([
    ['metrics.json', jsonBytes({ macro: { f1: right } })],
    ['predictions.parquet', table(tested, answers)],
  ]);
  const evaluation = await write(evaluationSpec(model, split), evaluated);
  const report = await write(reportSpec(evaluation, config, VERSION), new Map([['report.html', jsonBytes(name)]]));

  const keys: Partial<Record<(typeof STAGES)[number], string>> = {
    fetchCorpus: catalogue,
    planShards: plan,
    splitUtterances: split,
    trainModel: model,
    evaluateModel: evaluation,
    writeReport: report,
  };
  const startedAt = options.startedAt ?? new Date().toISOString();
  const status: RunStatus = {
    name,
    workflowId: workflowIdOfRun(name),
    executionId: `execution-of-${name}`,
    state: options.state ?? 'completed',
    config,
    version: VERSION,
    startedAt,
    finishedAt: startedAt,
    stages: STAGES.map((stage) => ({
      stage,
      state: 'done',
      ...(keys[stage] === undefined ? {} : { key: keys[stage] }),
    })),
    metrics: { accuracy: right, balancedAccuracy: right, logLoss: 1, count: tested.length, macroF1: right },
  };
  await store.put(`runs/${name}.json`, jsonBytes(status));
  return status;
}

function table(tested: readonly { sha256: string; emotion: string }[], predicted: string[]): Uint8Array {
  return writeParquet([
    { name: 'sha256', type: 'STRING', data: tested.map(({ sha256 }) => sha256) },
    { name: 'emotion', type: 'STRING', data: tested.map(({ emotion }) => emotion) },
    { name: 'predicted', type: 'STRING', data: predicted },
  ]);
}
