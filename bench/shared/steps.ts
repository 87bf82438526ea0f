import { readFileSync } from 'node:fs';
import { decodeAudio } from '../../core/audio/decodeAudio.js';
import { mixDown } from '../../core/audio/mixDown.js';
import { resample } from '../../core/audio/resample.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import type { Observe } from '../../core/features/kernels.js';

const PASSES = 5;

/** A feature set whose extractor tells an observer of its steps. */
type ObservedSet = (observe: Observe) => ReturnType<FeatureSet['createExtractor']>;

/** Further passes with a clock between the steps: for each file and step the fastest of them, as others use the machine too. */
export async function printSteps(paths: string[], set: FeatureSet, createExtractor: ObservedSet): Promise<void> {
  let spent = new Map<string, number>();
  let last = 0;
  const observe = (step: string): void => {
    const now = performance.now();
    spent.set(step, (spent.get(step) ?? 0) + now - last);
    last = now;
  };
  const extract = createExtractor(observe);
  const { sampleRate, maxSeconds } = set;
  const total = new Map<string, number>();
  for (const path of paths) {
    const fastest = new Map<string, number>();
    for (let pass = 0; pass < PASSES; pass++) {
      spent = new Map();
      last = performance.now();
      const bytes = readFileSync(path);
      observe('read');
      const audio = await decodeAudio(bytes, path, { maxSeconds });
      const mono = mixDown(audio.channels);
      observe('decode and mix');
      const samples = resample(mono, audio.sampleRate, sampleRate);
      observe('resample');
      extract(samples);
      for (const [step, time] of spent) fastest.set(step, Math.min(time, fastest.get(step) ?? Infinity));
    }
    for (const [step, time] of fastest) total.set(step, (total.get(step) ?? 0) + time);
  }
  const whole = [...total.values()].reduce((sum, value) => sum + value, 0);
  console.log(`where our time goes, ms a file, ${(whole / paths.length).toFixed(2)} in all`);
  for (const [step, milliseconds] of [...total].sort((a, b) => b[1] - a[1])) {
    const share = ((100 * milliseconds) / whole).toFixed(1).padStart(5);
    console.log(`  ${step.padEnd(20)} ${(milliseconds / paths.length).toFixed(3)}  ${share} %`);
  }
}
