import { SerError } from '../contracts/errors.js';
import type { FeatureSet } from '../contracts/features.js';
import { functionals } from './functionals.js';
import { librosa195 } from './librosa195.js';
import { meydaSet } from './meyda.js';

const FEATURE_SETS: readonly FeatureSet[] = [librosa195, meydaSet, functionals];

/** Every feature set there is, the default first. */
export function featureSets(): readonly FeatureSet[] {
  return FEATURE_SETS;
}

/**
 * The feature set of a name.
 *
 * @throws SerError `BadConfig` for an unknown name; it lists the known ones
 */
export function featureSet(name: string): FeatureSet {
  const found = FEATURE_SETS.find((set) => set.name === name);
  if (found) return found;
  const known = FEATURE_SETS.map((set) => set.name).join(', ');
  throw new SerError('BadConfig', 'there is no such feature set', name, `use one of: ${known}`);
}
