import { ORIGINAL_TRAINING, type TrainingParameters } from './training.js';

/** A feature set and a training that go together; each of their options can still be set otherwise. */
export type Preset = { features: string; training: Omit<TrainingParameters, 'seed'> };

export const PRESET_NAMES = ['original', 'best'] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

/**
 * `original`: features, network and callbacks of the original. `best`: what inner folds over the training speakers chose
 * (docs/decisions/the-best-preset.md): the average of ten small networks on functionals.
 */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  original: { features: 'librosa195', training: ORIGINAL_TRAINING },
  best: {
    features: 'functionals',
    training: { ...ORIGINAL_TRAINING, layers: [{ units: 128, dropout: 0.5 }], ensemble: 10 },
  },
};
