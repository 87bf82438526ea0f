import type { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_NAMES, type SearchAttributeName } from '../core/contracts/searchAttributes.js';
import { usableSearchAttributes } from '../worker/searchAttributes.js';

/** What runs can be found by on a server; one that does not tell (it may want other rights for it) goes without. */
export function searchAttributesOf({ connection, options }: Client): Promise<SearchAttributeName[]> {
  return usableSearchAttributes(connection as Connection, options.namespace).catch(() => []);
}

/** What they cannot be found by. */
export function lackingOf(usable: readonly SearchAttributeName[]): SearchAttributeName[] {
  return SEARCH_ATTRIBUTE_NAMES.filter((name) => !usable.includes(name));
}

/** A word on what a server lacks, and what adds it; nothing when it lacks nothing. */
export function lackingLines(lacking: readonly SearchAttributeName[] = []): string[] {
  if (lacking.length === 0) return [];
  const names = lacking.join(', ');
  return [`the server lacks the search attributes ${names}: tools/register-search-attributes.mjs adds them`];
}
