import { SerError } from '../contracts/errors.js';

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._=+@-]*$/;

/**
 * The one form of a key that every file system and every S3 server takes as it is: segments of ASCII letters, digits and
 * `._=+@-`, none empty and none beginning with `.`, `-`, `=`, `+` or `@`, joined by `/`; at most 200 characters a
 * segment and 900 in all. No such key can leave the store, nor meet the store's own temporary files.
 *
 * @throws SerError `BadConfig`
 */
export function assertKey(key: string): void {
  if (!isKey(key)) {
    throw new SerError(
      'BadConfig',
      'is not a key of the object store',
      JSON.stringify(key),
      'Use letters, digits and ._=+@- in segments joined by "/", none empty or beginning with a dot.',
    );
  }
}

export function isKey(key: string): boolean {
  return key.length <= 900 && key.split('/').every(isKeySegment);
}

/** Whether a file's name can be a segment of a key; temporary files' names cannot. */
export function isKeySegment(name: string): boolean {
  return name.length <= 200 && SEGMENT.test(name);
}
