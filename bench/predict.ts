import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { featuresOfRecording } from '../activities/jobs/extractFiles.js';
import { featureSet } from '../core/features/registry.js';
import { readBundle } from '../core/training/bundle.js';
import { createPredictor } from '../core/training/predictor.js';
import { quantile, recordingsBelow, spread } from './shared/recordings.js';

const USAGE = `usage: npm run bench -- predict RECORDINGS_FOLDER --model BUNDLE_FOLDER [--files 10000] [--python python3]`;
const WARM = 100;
const COLD_STARTS = 5;

/**
 * How long predictions take: one file after another in a warm process, from its path to the probabilities; the command
 * from its start to its end for one file; the command on many files (links to those at hand); and, where Python with
 * librosa and Keras is named, the same 100 files there.
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { model: { type: 'string' }, files: { type: 'string', default: '10000' }, python: { type: 'string' } },
  });
  const [folder] = positionals;
  if (folder === undefined || values.model === undefined) {
    console.error(USAGE);
    return 2;
  }
  const recordings = recordingsBelow(resolve(folder));
  const sample = spread(recordings, WARM);
  const warm = await warmMilliseconds(values.model, sample);
  console.log(`warm, one thread        ${summary(warm)} a file, ${sample.length} files`);
  const cold = Array.from({ length: COLD_STARTS }, () => seconds(['predict', sample[0]!, '--model', values.model!]));
  console.log(
    `cold start of one file  ${quantile(
      cold.sort((a, b) => a - b),
      0.5,
    ).toFixed(2)} s (median of ${COLD_STARTS})`,
  );
  const count = Number(values.files);
  if (count > 0)
    console.log(`${count} files             ${batchSeconds(recordings, count, values.model).toFixed(1)} s`);
  if (values.python !== undefined) {
    const keras = await kerasMilliseconds(values.python, values.model, sample);
    const ratio = quantile(keras, 0.5) / quantile(warm, 0.5);
    console.log(`librosa + Keras         ${summary(keras)} a file: ${ratio.toFixed(1)} times as long`);
  }
  return 0;
}

function summary(ascending: number[]): string {
  return `median ${quantile(ascending, 0.5).toFixed(1)} ms, 95th percentile ${quantile(ascending, 0.95).toFixed(1)} ms`;
}

async function warmMilliseconds(model: string, paths: readonly string[]): Promise<number[]> {
  const bundle = await readBundle((name) => readFile(join(model, name)));
  const set = featureSet(bundle.metadata.featureSet.name);
  const predict = createPredictor(bundle);
  const predictOne = async (path: string) => {
    const row = await featuresOfRecording(path, () => readFile(path), set);
    if (!('error' in row)) predict(row.values, 1);
  };
  for (const path of paths) await predictOne(path);
  const times: number[] = [];
  for (const path of paths) {
    const started = performance.now();
    await predictOne(path);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

/** The built command, as a user starts it. */
function seconds(command: string[]): number {
  const entry = fileURLToPath(new URL('../dist/client/entry.js', import.meta.url));
  if (!existsSync(entry)) throw new Error('the command is not built; `npm run build` does it');
  const started = performance.now();
  execFileSync(process.execPath, [entry, ...command], { stdio: 'ignore' });
  return (performance.now() - started) / 1000;
}

function batchSeconds(recordings: readonly string[], count: number, model: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'ser-bench-'));
  try {
    for (let index = 0; index < count; index++) {
      const path = recordings[index % recordings.length]!;
      symlinkSync(path, join(folder, `${String(index).padStart(6, '0')}${path.slice(path.lastIndexOf('.'))}`));
    }
    return seconds(['predict', folder, '--model', resolve(model), '--out', join(folder, 'out.csv'), '--quiet']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function kerasMilliseconds(python: string, model: string, paths: readonly string[]): Promise<number[]> {
  if (spawnSync(python, ['-c', 'import librosa, keras']).status !== 0) {
    throw new Error(`${python} has no librosa and Keras; name one that has by --python`);
  }
  const script = fileURLToPath(new URL('./shared/timeKeras.py', import.meta.url));
  const { layers } = (
    JSON.parse(readFileSync(join(model, 'metadata.json'), 'utf8')) as {
      parameters: { layers: { units: number }[] };
    }
  ).parameters;
  const child = spawn(python, [script, ...layers.map(({ units }) => String(units))], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end([...paths.slice(0, 3), ...paths].map((path) => `${path}\n`).join(''));
  const times: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) times.push(Number(line) * 1000);
  return times.slice(3).sort((a, b) => a - b);
}
