import { readFileSync } from 'node:fs';
import { createAudioLoader } from '../core/audio/loadAudio.js';
import type { FeatureSet } from '../core/contracts/features.js';
import { createFunctionalsExtractor, functionals } from '../core/features/functionals.js';
import { librosa195 } from '../core/features/librosa195.js';
import { recordingsBelow, spread } from './shared/recordings.js';
import { printSteps } from './shared/steps.js';

const FILES = 200;
const WARM_UP = 100;
/** Files that each set takes in turn, so that both meet the machine in the same state. */
const TURN = 10;
const RATIO_BAR = 2;

/**
 * `npm run bench -- functionals [CORPUS]`: milliseconds of processor time from file to vector for the sets `librosa195` and
 * `functionals`, one thread, in turns over the same 200 recordings; then where the time of the second goes. Exits 1 when it
 * takes more than twice as long as the first.
 */
export async function main([corpus = '.ser/corpus']: string[]): Promise<number> {
  const paths = spread(recordingsBelow(corpus), FILES + WARM_UP);
  const warmUp = spread(paths, WARM_UP);
  const timed = paths.filter((path) => !warmUp.includes(path)).slice(0, FILES);
  const sets = [librosa195, functionals].map((set) => ({ name: set.name, time: timer(set), milliseconds: 0 }));
  for (const path of warmUp) for (const { time } of sets) await time(path);
  for (let first = 0; first < timed.length; first += TURN) {
    for (const set of sets) {
      for (const path of timed.slice(first, first + TURN)) set.milliseconds += await set.time(path);
    }
  }
  console.log(`${timed.length} recordings, file to vector, one thread, mean ms of processor time a file`);
  for (const { name, milliseconds } of sets) {
    console.log(`${name.padEnd(12)} ${(milliseconds / timed.length).toFixed(2)}`);
  }
  const ratio = sets[1]!.milliseconds / sets[0]!.milliseconds;
  console.log(`ratio ${ratio.toFixed(2)}, at most ${RATIO_BAR}`);
  await printSteps(timed, functionals, createFunctionalsExtractor);
  return ratio <= RATIO_BAR ? 0 : 1;
}

function timer(set: FeatureSet): (path: string) => Promise<number> {
  const extract = set.createExtractor();
  const load = createAudioLoader(set);
  return async (path) => {
    const started = process.cpuUsage();
    extract(await load(readFileSync(path), path));
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
}
