/** What runs can be looked for by in the Temporal UI: name and type, as the server registers them. */
export const SEARCH_ATTRIBUTES = {
  /** Name of the run. */
  SerRun: 'KEYWORD',
  /** The stage it is at. */
  SerStage: 'KEYWORD',
  /** What `--data` named, without folders and extensions. */
  SerCorpus: 'KEYWORD_LIST',
  SerFeatureSet: 'KEYWORD',
  /** On the test part, 0 to 1. */
  SerAccuracy: 'DOUBLE',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

export const SEARCH_ATTRIBUTE_NAMES = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];
