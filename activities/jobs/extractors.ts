import type { FeatureSet } from '../../core/contracts/features.js';

type Extractor = ReturnType<FeatureSet['createExtractor']>;

const extractors = new Map<string, Extractor>();

/** The extractor of a feature set; its banks and plans are built once a thread. */
export function extractorOf(set: FeatureSet): Extractor {
  const known = extractors.get(set.name);
  if (known !== undefined) return known;
  const extractor = set.createExtractor();
  extractors.set(set.name, extractor);
  return extractor;
}
