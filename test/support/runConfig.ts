import type { RunConfig } from '../../core/contracts/runs.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';

/** A sound configuration of a run, changed where a test wants it otherwise. */
export function runConfig(change: Partial<RunConfig> = {}): RunConfig {
  return {
    name: 'test',
    store: 'file:/store',
    data: { sources: ['/data'], maxRejected: 0.05 },
    features: { set: 'librosa195' },
    split: { protocol: 'random', seed: 0 },
    training: { ...ORIGINAL_TRAINING, seed: 0 },
    backend: 'auto',
    promote: 'better',
    shardsInFlight: 4,
    onFailedShards: 'fail',
    ...change,
  };
}
