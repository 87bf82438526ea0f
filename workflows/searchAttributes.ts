import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RunConfig } from '../core/contracts/runs.js';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../core/contracts/searchAttributes.js';

type Values = Partial<Record<SearchAttributeName, string | number | string[]>>;

/**
 * Returns the function that tells the server what a run can be found by.
 *
 * @param usable the names that the server knows; others are left out, since a server that lacks one refuses the whole
 *   task for ever
 */
export function searchable(usable: readonly SearchAttributeName[]): (values: Values) => void {
  return (values) => {
    const pairs = usable.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [{ key: { name, type: SEARCH_ATTRIBUTES[name] }, value }];
    });
    if (pairs.length > 0) upsertSearchAttributes(pairs as Parameters<typeof upsertSearchAttributes>[0]);
  };
}

/** What is known of a run before it begins. */
export function initialAttributes({ name, data, features }: RunConfig): Values {
  const words = data.sources.map((source) => source.replace(/^.*[/\\]/, '').replace(/\.[a-z0-9]+$/i, ''));
  return { SerRun: name, SerCorpus: words, SerFeatureSet: features.set };
}
