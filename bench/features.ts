import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createAudioLoader } from '../core/audio/loadAudio.js';
import { createLibrosa195Extractor, librosa195 } from '../core/features/librosa195.js';
import { quantile, recordingsBelow, spread } from './shared/recordings.js';
import { printSteps } from './shared/steps.js';

const FILES = 200;
/** Other recordings, so that code is compiled and most of the hundred tunings have their banks, as in any longer run. */
const WARM_UP = 400;
/** Files that each side takes in turn, so that both meet the machine in the same state. */
const TURN = 10;
const RATIO_BAR = 20;

/**
 * `npm run bench -- features [CORPUS] [--python COMMAND]`: milliseconds of processor time from file to vector, ours and
 * librosa's, one thread each, in turns over the same 200 recordings; then where our time goes. Exits 1 below a ratio of 20.
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { python: { type: 'string', default: 'python3' } },
  });
  const paths = spread(recordingsBelow(positionals[0] ?? '.ser/corpus'), FILES + WARM_UP);
  const warmUp = spread(paths, WARM_UP);
  const timed = paths.filter((path) => !warmUp.includes(path)).slice(0, FILES);
  const librosa = startLibrosa(values.python);
  const extract = librosa195.createExtractor();
  const load = createAudioLoader(librosa195);
  const read = createReader();
  const ours = async (path: string): Promise<number> => {
    const started = process.cpuUsage();
    extract(await load(read(path), path));
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };

  const cold: number[] = [];
  for (const path of warmUp) {
    cold.push(await ours(path));
    await librosa.time(path);
  }
  const times = { ours: [] as number[], librosa: [] as number[] };
  for (let first = 0; first < timed.length; first += TURN) {
    const turn = timed.slice(first, first + TURN);
    for (const path of turn) times.ours.push(await ours(path));
    for (const path of turn) times.librosa.push(await librosa.time(path));
  }
  librosa.stop();

  console.log(`${timed.length} recordings, file to vector, one thread each, ms of processor time a file`);
  console.log(`           mean   median   90 %   (cold: ours over the ${WARM_UP} recordings before)`);
  for (const [name, milliseconds] of Object.entries(times)) printTimes(name, milliseconds);
  printTimes('cold', cold);
  const ratio = mean(times.librosa) / mean(times.ours);
  console.log(`ratio of the means ${ratio.toFixed(1)}, at least ${RATIO_BAR}`);
  await printSteps(timed, librosa195, createLibrosa195Extractor);
  return ratio >= RATIO_BAR ? 0 : 1;
}

/** Reads each file into the memory of the one before, as the extraction does. */
function createReader(): (path: string) => Uint8Array {
  let room = new Uint8Array(0);
  return (path) => {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (room.length < size) room = new Uint8Array(size);
      return room.subarray(0, readSync(file, room, 0, size, 0));
    } finally {
      closeSync(file);
    }
  };
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function printTimes(name: string, milliseconds: number[]): void {
  const ascending = milliseconds.toSorted((a, b) => a - b);
  const shown = [mean(ascending), quantile(ascending, 0.5), quantile(ascending, 0.9)];
  console.log(`${name.padEnd(8)} ${shown.map((value) => value.toFixed(2).padStart(7)).join(' ')}`);
}

/** A Python process that answers each path with the milliseconds it took. */
function startLibrosa(python: string): { time(path: string): Promise<number>; stop(): void } {
  const script = fileURLToPath(new URL('./shared/timeLibrosa.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async time(path) {
      child.stdin.write(`${path}\n`);
      const { value, done } = (await answers.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`${python} ended; it needs librosa 0.11.0 with soxr and soundfile`);
      return Number(value) * 1000;
    },
    stop: () => child.stdin.end(),
  };
}
