import { resolve } from 'node:path';
import type { StoreOptions } from '../contracts/configuration.js';
import { SerError } from '../contracts/errors.js';
import { FileStore } from './fileStore.js';
import { isKey } from './objectKey.js';
import type { ObjectStore } from './objectStore.js';
import type { S3Location } from './s3Store.js';

/**
 * Opens the store that a url names: `s3://bucket/prefix`, `file:/path`, or a path. A folder or bucket that does not exist
 * is created.
 *
 * @param bucket whether that is so of a bucket, see {@link openStandingStore}
 * @throws SerError `BadConfig` for a url of another form or credentials the server does not know; `StoreUnavailable`
 *   within seconds when the folder cannot be made or the server does not answer
 */
export async function openStore(
  { url, s3 = {} }: StoreOptions,
  bucket: 'create' | 'require' = 'create',
): Promise<ObjectStore> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return FileStore.open(resolve(url));
    case 'file':
      return FileStore.open(parseFileUrl(url));
    case 's3': {
      const { S3Store } = await import('./s3Store.js');
      return S3Store.open(parseS3Url(url), s3, bucket);
    }
    default:
      throw new SerError('BadConfig', `no store has the scheme "${scheme}:"`, 'SER_STORE', FORMS);
  }
}

/** Opens a store for those who look at what it holds: a bucket that does not exist is a mistake, and refused. */
export function openStandingStore(options: StoreOptions): Promise<ObjectStore> {
  return openStore(options, 'require');
}

const FORMS = 'Use a path, file:/path or s3://bucket/prefix; credentials go into S3_ACCESS_KEY and S3_SECRET_KEY.';

/** The path is taken as it is written, nothing in it is decoded. */
function parseFileUrl(url: string): string {
  const path = /^file:(?:\/\/(?=\/))?((?!\/\/).+)$/i.exec(url)?.[1];
  if (path === undefined) throw new SerError('BadConfig', 'is not of the form file:/path', 'SER_STORE', FORMS);
  return resolve(path);
}

/** The url itself is not repeated in the error: somebody may have put credentials into it. */
function parseS3Url(url: string): S3Location {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url) ?? [];
  const prefix = path.replace(/\/$/, '');
  if (bucket === undefined || (prefix !== '' && !isKey(prefix))) {
    throw new SerError('BadConfig', 'is not of the form s3://bucket/prefix', 'SER_STORE', FORMS);
  }
  return { bucket, prefix: prefix && `${prefix}/` };
}
