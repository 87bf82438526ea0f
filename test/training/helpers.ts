import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Emotion } from '../../core/contracts/emotions.js';
import { PURPOSE, randomWords } from '../../core/training/random.js';
import type { SplitInput } from '../../core/training/splits/recordings.js';
import type { LabelledRows, TrainingData } from '../../core/training/trainer.js';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `counts` recordings of each class, spoken in turn by `speakers` people, who say `sentences` in turn. */
export function recordings(counts: Partial<Record<Emotion, number>>, speakers = 10, sentences = 7): SplitInput[] {
  return Object.entries(counts).flatMap(([emotion, count]) =>
    Array.from({ length: count }, (_, index) => ({
      sha256: sha256(`${emotion} ${index}`),
      corpus: 'demo',
      emotion,
      speaker: `speaker-${index % speakers}`,
      sentence: `${index % sentences}`,
    })),
  );
}

/** Uniform noise in -1..1 that is the same everywhere. */
export function noise(seed: number, count: number): Float64Array {
  const words = randomWords({ seed, purpose: PURPOSE.initialWeights, layer: 999 }, count);
  return Float64Array.from(words, (word) => (2 * word) / 2 ** 32 - 1);
}

/** Rows whose class shows in some columns, under noise: learnable, not trivial. */
function learnableRows(seed: number, count: number, inputs: number, classes: number): LabelledRows {
  const values = noise(seed, count * inputs);
  const labels = Int32Array.from({ length: count }, (_, row) => row % classes);
  const features = Float32Array.from(values, (value, index) => {
    const shift = (index % inputs) % classes === (labels[Math.floor(index / inputs)] as number) ? 0.6 : 0;
    return 1.7 * (value + shift);
  });
  return { features, labels };
}

export function learnableData(inputs = 20, classes = 4, train = 150, validation = 60): TrainingData {
  return {
    inputs,
    classes,
    train: learnableRows(1, train, inputs, classes),
    validation: learnableRows(2, validation, inputs, classes),
  };
}

/** The golden values that tools/golden_training.py wrote under this name. */
export function golden<Content>(name: string): Content {
  const path = new URL(`../golden/training-${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Content;
}

/** Numbers in -1..1 by a 32-bit mix of each index: the twin of `hashed` in tools/golden_training.py. */
export function hashed(start: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, offset) => {
    let bits = Math.imul(start + offset, 2654435761);
    bits ^= bits >>> 15;
    bits = Math.imul(bits, 2246822519);
    bits ^= bits >>> 13;
    return (bits >>> 0) / 2 ** 31 - 1;
  });
}
