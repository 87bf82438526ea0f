import { resolve } from 'node:path';
import { SerError } from '../contracts/errors.js';
import { FileStore } from './fileStore.js';
import type { ObjectStore, StoreOptions } from './objectStore.js';

/**
 * Opens the store that a url names: `s3://bucket/prefix`, `file:/path`, or a path. A folder or bucket that does not exist
 * is created.
 *
 * @throws SerError `BadConfig` for a url of another form or credentials the server does not know; `StoreUnavailable`
 *   within seconds when the folder cannot be made or the server does not answer
 */
export async function openStore({ url }: StoreOptions): Promise<ObjectStore> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return FileStore.open(resolve(url));
    case 'file':
      return FileStore.open(resolve(url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')));
    default:
      throw new SerError('BadConfig', `no store has the scheme "${scheme}:"`, 'SER_STORE', FORMS);
  }
}

const FORMS = 'Use a path or file:/path.';
