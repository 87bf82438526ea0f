import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ORIGINAL_TRAINING } from '../core/contracts/training.js';
import { createTrainer, listBackends } from '../core/training/backends.js';
import { PURPOSE, randomWords } from '../core/training/random.js';
import type { BackendName, LabelledRows, TrainingData } from '../core/training/trainer.js';

const USAGE = `usage: train [--rows 8390] [--epochs 4] [--backends fused,wasm] [--python PYTHON] [--threads 2]
Seconds an epoch of the original network at batch 32, on each backend and, where PYTHON has TensorFlow, in Keras.
The first epoch of each is left out; the others give the median.`;

/** Random rows: on rows that something can be learnt from, an epoch takes as long or a little less. */
function randomRows(seed: number, count: number, inputs: number, classes: number): LabelledRows {
  const words = randomWords({ seed, purpose: PURPOSE.initialWeights }, count * inputs);
  return {
    features: Float32Array.from(words, (word) => (4 * word) / 2 ** 32 - 2),
    labels: Int32Array.from({ length: count }, (_, row) => row % classes),
  };
}

async function secondsOf(backend: BackendName, data: TrainingData, epochs: number): Promise<number> {
  const trained = await createTrainer(backend).train(data, { ...ORIGINAL_TRAINING, epochs, seed: 1 });
  return medianWithoutFirst(trained.history.map((epoch) => epoch.seconds));
}

function secondsOfKeras(python: string, rows: number, epochs: number, threads: number): number {
  const script = fileURLToPath(new URL('./keras_epoch.py', import.meta.url));
  const output = execFileSync(python, [script, String(rows), String(epochs), String(threads)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return medianWithoutFirst(JSON.parse(output.toString()) as number[]);
}

function medianWithoutFirst(seconds: number[]): number {
  const sorted = seconds.slice(1).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string', default: '8390' },
      epochs: { type: 'string', default: '4' },
      backends: { type: 'string' },
      python: { type: 'string' },
      threads: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rows = Number(values.rows);
  const epochs = Math.max(2, Number(values.epochs));
  const data = { inputs: 195, classes: 8, train: randomRows(1, rows, 195, 8), validation: randomRows(2, 32, 195, 8) };
  const wanted = values.backends?.split(',');
  const results: [string, number][] = [];
  for (const { name, available, reason } of await listBackends()) {
    if (wanted !== undefined && !wanted.includes(name)) continue;
    if (available) results.push([name, await secondsOf(name, data, epochs)]);
    else console.log(`${name.padEnd(20)} ${reason}`);
  }
  if (values.python !== undefined) {
    const keras = secondsOfKeras(values.python, rows, epochs, Number(values.threads));
    results.push([`keras, ${values.threads} threads`, keras]);
  }
  const reference = results.at(-1)?.[1] ?? NaN;
  for (const [name, seconds] of results) {
    const ratio = `${(seconds / reference).toFixed(2)} x ${results.at(-1)?.[0]}`;
    console.log(`${name.padEnd(20)} ${seconds.toFixed(3)} s an epoch of ${rows} x 195   ${ratio}`);
  }
  return 0;
}
