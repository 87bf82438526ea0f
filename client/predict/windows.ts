import type { Windows } from '../../activities/jobs/extractFiles.js';
import { SerError } from '../../core/contracts/errors.js';
import type { FeatureSet } from '../../core/contracts/features.js';

/** @throws SerError `BadConfig` for spans that the feature set does not see in full */
export function windowsOf(
  { window, hop }: { window?: string | undefined; hop?: string | undefined },
  { name, maxSeconds }: FeatureSet,
): Windows | undefined {
  if (window === undefined) {
    if (hop === undefined) return undefined;
    throw new SerError('BadConfig', 'goes with --window only', '--hop', 'Say `--window 3 --hop 1`.');
  }
  const length = Number(window);
  if (!(length > 0 && length <= maxSeconds)) {
    throw new SerError('BadConfig', `got ${window}`, '--window', `With ${name} it takes seconds up to ${maxSeconds}.`);
  }
  const step = hop === undefined ? length : Number(hop);
  if (!(step >= 0.01)) throw new SerError('BadConfig', `got ${hop}`, '--hop', 'It takes seconds, at least 0.01.');
  return { length, hop: step };
}
