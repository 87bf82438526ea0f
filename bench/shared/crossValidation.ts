import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createAudioLoader } from '../../core/audio/loadAudio.js';
import { labelOrder } from '../../core/contracts/emotions.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { SplitConfig } from '../../core/contracts/splits.js';
import type { TrainingParameters } from '../../core/contracts/training.js';
import type { Part } from '../../core/contracts/utterance.js';
import { recogniseName } from '../../core/corpora/grammars.js';
import { createTrainer } from '../../core/training/backends.js';
import { bundleFiles, readBundle } from '../../core/training/bundle.js';
import { networksOf } from '../../core/training/ensemble.js';
import { predictedClasses } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { fitScaler, scaleRows } from '../../core/training/scaler.js';
import { normaliseBySpeaker } from '../../core/training/speakerNormalisation.js';
import { makeSplit } from '../../core/training/splits/makeSplit.js';
import type { SplitInput } from '../../core/training/splits/recordings.js';
import type { TrainedNetwork } from '../../core/training/trainer.js';

/** Recordings in order of their sha256, as runs train on them, with their features row by row. */
export type Dataset = {
  set: FeatureSet;
  recordings: SplitInput[];
  rows: Float64Array;
  labels: string[];
};

/** Reads recordings whose names a corpus's grammar knows, and extracts their features. */
export async function extractDataset(paths: readonly string[], set: FeatureSet): Promise<Dataset> {
  const extract = set.createExtractor();
  const load = createAudioLoader(set);
  const recordings = new Map<string, { facts: SplitInput; vector: Float64Array }>();
  for (const path of paths) {
    const facts = recogniseName(path);
    if (facts === undefined) continue;
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    recordings.set(sha256, { facts: { ...facts, sha256 }, vector: extract(await load(bytes, path)) });
  }
  const inOrder = [...recordings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, recording]) => recording);
  const rows = new Float64Array(inOrder.length * set.columns.length);
  inOrder.forEach(({ vector }, row) => rows.set(vector, row * set.columns.length));
  const facts = inOrder.map(({ facts }) => facts);
  return { set, recordings: facts, rows, labels: labelOrder(facts.map(({ emotion }) => emotion)) };
}

/** The dataset with each speaker's features measured against that speaker's own. */
export function bySpeaker(dataset: Dataset): Dataset {
  const speakers = dataset.recordings.map(({ speaker }) => speaker);
  return { ...dataset, rows: normaliseBySpeaker(dataset.rows, dataset.set.columns.length, speakers) };
}

/** All that is not in the test part of a split. */
export function withoutTest({ set, recordings, rows, labels }: Dataset, split: SplitConfig): Dataset {
  const kept = new Set(makeSplit(recordings, split).flatMap(({ sha256, part }) => (part === 'test' ? [] : [sha256])));
  const indices = recordings.flatMap(({ sha256 }, row) => (kept.has(sha256) ? [row] : []));
  return {
    set,
    recordings: indices.map((row) => recordings[row]!),
    rows: gatherRows(rows, set.columns.length, indices),
    labels,
  };
}

function gatherRows(rows: Float64Array, width: number, indices: readonly number[]): Float64Array {
  const values = new Float64Array(indices.length * width);
  indices.forEach((row, index) => values.set(rows.subarray(row * width, (row + 1) * width), index * width));
  return values;
}

/** Which class each recording of the test part belongs to, and which one the model says. */
export type Answers = { sha256s: string[]; truth: Int32Array; predicted: Int32Array };

/** Splits, trains and answers for the test part, all as a run does. */
export async function trainAndAnswer(
  dataset: Dataset,
  split: SplitConfig,
  parameters: TrainingParameters,
): Promise<Answers> {
  const { set, recordings, rows, labels } = dataset;
  const partOf = new Map(makeSplit(recordings, split).map(({ sha256, part }) => [sha256, part]));
  const inPart = (part: Part) => {
    const indices = recordings.flatMap(({ sha256 }, row) => (partOf.get(sha256) === part ? [row] : []));
    return { indices, classes: Int32Array.from(indices, (row) => labels.indexOf(recordings[row]!.emotion)) };
  };
  const [train, validation, test] = [inPart('train'), inPart('validation'), inPart('test')];
  const scaler = fitScaler(rows, set.columns.length, train.indices);
  const scaled = ({ indices, classes }: typeof train) => ({
    features: scaleRows(scaler, rows, indices),
    labels: classes,
  });
  const data = {
    inputs: set.columns.length,
    classes: labels.length,
    train: scaled(train),
    validation: scaled(validation),
  };
  const networks: TrainedNetwork[] = [];
  for (const network of networksOf(parameters)) networks.push(await createTrainer('fused').train(data, network));
  const probabilities = await answer(dataset, networks, parameters, scaler, test.indices);
  return {
    sha256s: test.indices.map((row) => recordings[row]!.sha256),
    truth: test.classes,
    predicted: predictedClasses(probabilities, labels.length),
  };
}

/** By way of the bundle, so that what answers is the LayersModel that a run would write. */
async function answer(
  { set, rows, labels }: Dataset,
  networks: TrainedNetwork[],
  parameters: TrainingParameters,
  scaler: { mean: number[]; scale: number[] },
  indices: number[],
): Promise<Float32Array> {
  const [{ shape, bestEpoch }] = networks as [TrainedNetwork];
  const metadata = {
    format: 1 as const,
    featureSet: { name: set.name, version: set.version, columns: [...set.columns] },
    labels,
    parameters,
    backend: 'fused',
    trainedOn: { corpora: [], utterances: { train: 0, validation: 0, test: 0 }, synthetic: false },
    bestEpoch,
    history: [],
  };
  const files = bundleFiles({ shape, networks: networks.map(({ weights }) => weights), scaler, metadata });
  const bundle = await readBundle((name) => Promise.resolve(files.get(name) as Uint8Array));
  return createPredictor(bundle)(gatherRows(rows, set.columns.length, indices), indices.length);
}
