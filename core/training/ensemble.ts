import type { TrainingParameters } from '../contracts/training.js';
import { demand, isCount } from './checkTraining.js';
import { PURPOSE, randomWords } from './random.js';

/**
 * What each network of a model is trained by: a single one, or those of an ensemble, which differ in their seeds alone (deep
 * ensembles: Lakshminarayanan, Pritzel, Blundell 2017). The first is the one that would be trained without an ensemble.
 *
 * @throws SerError `BadConfig` for an ensemble of half a network, or of none
 */
export function networksOf({ ensemble = 1, ...parameters }: TrainingParameters): TrainingParameters[] {
  demand(isCount(ensemble), 'ensemble', ensemble, 'a whole number from 1');
  return Array.from({ length: ensemble }, (_, network) => ({
    ...parameters,
    seed: seedOfNetwork(parameters.seed, network),
  }));
}

function seedOfNetwork(seed: number, network: number): number {
  if (network === 0) return seed;
  const [word = 0] = randomWords({ seed, purpose: PURPOSE.networkSeed, step: network }, 1);
  return word;
}
