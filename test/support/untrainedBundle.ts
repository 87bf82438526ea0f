import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMOTIONS } from '../../core/contracts/emotions.js';
import { type ModelMetadata, ORIGINAL_TRAINING, type TrainingParameters } from '../../core/contracts/training.js';
import { featureSet } from '../../core/features/registry.js';
import { bundleFiles } from '../../core/training/bundle.js';
import { initialWeights } from '../../core/training/network.js';

/** A bundle that was never trained: what it answers is nonsense, and always the same. */
export function writeUntrainedBundle(folder: string, options: Partial<TrainingParameters> = {}, seed = 1): void {
  const set = featureSet('librosa195');
  const shape = { inputs: set.columns.length, layers: [{ units: 16, dropout: 0 }], classes: EMOTIONS.length };
  const metadata: ModelMetadata = {
    format: 1,
    featureSet: { name: set.name, version: set.version, columns: [...set.columns] },
    labels: [...EMOTIONS],
    parameters: { ...ORIGINAL_TRAINING, layers: shape.layers, seed: 1, ...options },
    backend: 'fused',
    trainedOn: { corpora: ['demo'], utterances: { train: 0, validation: 0, test: 0 }, synthetic: true },
    bestEpoch: 1,
    history: [],
  };
  const scaler = { mean: set.columns.map(() => 0), scale: set.columns.map(() => 100) };
  mkdirSync(folder);
  for (const [name, bytes] of bundleFiles({ shape, networks: [initialWeights(shape, seed)], scaler, metadata })) {
    writeFileSync(join(folder, name), bytes);
  }
}
