import type { Connection } from '@temporalio/client';
import {
  SEARCH_ATTRIBUTE_NAMES,
  SEARCH_ATTRIBUTES,
  type SearchAttributeName,
} from '../core/contracts/searchAttributes.js';

/** As the API numbers them (`temporal.api.enums.v1.IndexedValueType`). */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, DOUBLE: 4, KEYWORD_LIST: 7 } as const;

/** The search attributes of ours that a namespace knows, with the type that we write. */
export async function usableSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<SearchAttributeName[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTE_NAMES.filter(
    (name) => Number(customAttributes?.[name]) === INDEXED_VALUE_TYPE[SEARCH_ATTRIBUTES[name]],
  );
}

/** Registers those that a namespace lacks, and returns the names of those. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<SearchAttributeName[]> {
  const usable = await usableSearchAttributes(connection, namespace);
  const lacking = SEARCH_ATTRIBUTE_NAMES.filter((name) => !usable.includes(name));
  if (lacking.length > 0) {
    const types = lacking.map((name) => [name, INDEXED_VALUE_TYPE[SEARCH_ATTRIBUTES[name]]] as const);
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(types) });
  }
  return lacking;
}
