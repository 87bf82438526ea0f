import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EMOTIONS } from '../core/contracts/emotions.js';
import { ORIGINAL_TRAINING } from '../core/contracts/training.js';
import type { Metrics } from '../core/contracts/training.js';
import type { Part } from '../core/contracts/utterance.js';
import { createTrainer, resolveBackend } from '../core/training/backends.js';
import { bundleFiles, readBundle } from '../core/training/bundle.js';
import { computeMetrics } from '../core/training/metrics.js';
import { createPredictor } from '../core/training/predictor.js';
import { fitScaler, scaleRows } from '../core/training/scaler.js';
import type { BackendName } from '../core/training/trainer.js';

const USAGE = `usage: keras-parity --features CSV --splits CSV --baseline JSON [--backend fused] [--repeats 1]
Trains on the very random splits behind the baseline of Keras, each with so many seeds of initial weights, dropout and
batch order, and compares mean accuracy and macro F1.`;

const SETS = ['ravdess720', 'real1462'];

type Table = { rows: Float64Array; columns: string[]; rowOf: Map<string, number> };

type Scores = { accuracy: number; macro_f1: number };

/** Columns 0 to 2 are file, rate and channels; the others are features. */
function readTable(path: string): Table {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const columns = header.split(',').slice(3);
  const rows = new Float64Array(lines.length * columns.length);
  const rowOf = new Map<string, number>();
  lines.forEach((line, row) => {
    const [file = '', , , ...values] = line.split(',');
    rowOf.set(file, row);
    rows.set(values.map(Number), row * columns.length);
  });
  return { rows, columns, rowOf };
}

/** Files of each part, by `set seed`, of the random protocol. */
function readSplits(path: string): Map<string, Record<Part, string[]>> {
  const splits = new Map<string, Record<Part, string[]>>();
  for (const line of readFileSync(path, 'utf8').trim().split(/\r?\n/).slice(1)) {
    const [set, protocol, seed, , file = '', part] = line.split(',');
    if (protocol !== 'random') continue;
    const split = splits.get(`${set} ${seed}`) ?? { train: [], validation: [], test: [] };
    split[part as Part].push(file);
    splits.set(`${set} ${seed}`, split);
  }
  return splits;
}

const RAVDESS_CODES: Record<string, string> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happy',
  '04': 'sad',
  '05': 'angry',
  '06': 'fear',
  '07': 'disgust',
  '08': 'surprise',
};

/** By the names of RAVDESS and TESS, the two corpora of the reference features. */
function emotionOf(file: string): string {
  const ravdess = /^\d\d-\d\d-(\d\d)-/.exec(file)?.[1];
  if (ravdess !== undefined) return RAVDESS_CODES[ravdess] ?? '';
  const word = /_([a-z]+)\.wav$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  return word === 'ps' ? 'surprise' : word;
}

async function trainAndTest(
  table: Table,
  split: Record<Part, string[]>,
  seed: number,
  backend: BackendName,
): Promise<{ metrics: Metrics; epochs: number }> {
  const labels = [...EMOTIONS];
  const part = (name: Part) => {
    const indices = split[name].map((file) => table.rowOf.get(file) as number);
    const truth = Int32Array.from(split[name], (file) => (labels as string[]).indexOf(emotionOf(file)));
    return { indices, truth };
  };
  const [train, validation, test] = [part('train'), part('validation'), part('test')];
  const scaler = fitScaler(table.rows, table.columns.length, train.indices);
  const rowsOf = ({ indices, truth }: typeof train) => ({
    features: scaleRows(scaler, table.rows, indices),
    labels: truth,
  });
  const parameters = { ...ORIGINAL_TRAINING, seed };
  const { shape, weights, history, bestEpoch } = await createTrainer(backend).train(
    { inputs: table.columns.length, classes: labels.length, train: rowsOf(train), validation: rowsOf(validation) },
    parameters,
  );
  const files = bundleFiles({
    shape,
    networks: [weights],
    scaler,
    metadata: {
      format: 1,
      featureSet: { name: 'librosa195', version: 1, columns: table.columns },
      labels,
      parameters,
      backend,
      trainedOn: { corpora: [], utterances: { train: 0, validation: 0, test: 0 }, synthetic: false },
      bestEpoch,
      history,
    },
  });
  const bundle = await readBundle((name) => Promise.resolve(files.get(name) as Uint8Array));
  const raw = Float64Array.from(
    test.indices.flatMap((row) => [
      ...table.rows.subarray(row * table.columns.length, (row + 1) * table.columns.length),
    ]),
  );
  const probabilities = createPredictor(bundle)(raw, test.indices.length);
  return { metrics: computeMetrics(labels, test.truth, probabilities), epochs: history.length };
}

function meanAndVariance(values: number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

/** Difference of two means in standard errors of that difference. */
function compare(ours: number[], theirs: number[]): { line: string; within: boolean } {
  const a = meanAndVariance(ours);
  const b = meanAndVariance(theirs);
  const standardError = Math.sqrt(a.variance / ours.length + b.variance / theirs.length);
  const errors = (a.mean - b.mean) / standardError;
  const percent = (value: number) => (100 * value).toFixed(1);
  const described = ({ mean, variance }: typeof a) => `${percent(mean)} (${percent(Math.sqrt(variance))})`;
  return {
    line: `ours ${described(a)}  keras ${described(b)}  difference ${errors.toFixed(2)} standard errors of ${percent(standardError)}`,
    within: Math.abs(errors) <= 2,
  };
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      features: { type: 'string' },
      splits: { type: 'string' },
      baseline: { type: 'string' },
      backend: { type: 'string', default: 'fused' },
      repeats: { type: 'string', default: '1' },
    },
  });
  if (values.features === undefined || values.splits === undefined || values.baseline === undefined) {
    console.error(USAGE);
    return 2;
  }
  const backend = await resolveBackend(values.backend);
  const table = readTable(values.features);
  const splits = readSplits(values.splits);
  const baseline = JSON.parse(readFileSync(values.baseline, 'utf8')) as Record<string, Scores[]>;
  let within = true;
  for (const set of SETS) {
    const theirs = baseline[`${set} random`] as Scores[];
    const ours: Scores[] = [];
    let epochs = 0;
    for (let seed = 0; splits.has(`${set} ${seed}`); seed++) {
      const split = splits.get(`${set} ${seed}`) as Record<Part, string[]>;
      for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
        const result = await trainAndTest(table, split, seed + 1000 * repeat, backend);
        ours.push({ accuracy: result.metrics.accuracy, macro_f1: result.metrics.macro.f1 });
        epochs += result.epochs;
      }
    }
    console.log(
      `${set}: ${ours.length} trainings on random splits on ${backend}, ${(epochs / ours.length).toFixed(1)} epochs a training`,
    );
    for (const measure of ['accuracy', 'macro_f1'] as const) {
      const compared = compare(
        ours.map((scores) => scores[measure]),
        theirs.map((scores) => scores[measure]),
      );
      console.log(`  ${measure.padEnd(9)} ${compared.line}`);
      within &&= compared.within;
    }
  }
  console.log(within ? 'within two standard errors throughout' : 'beyond two standard errors somewhere');
  return within ? 0 : 1;
}
