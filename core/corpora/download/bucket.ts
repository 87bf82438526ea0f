import { createHash } from 'node:crypto';
import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'minio';
import { SerError } from '../../contracts/errors.js';
import { connectS3 } from '../../store/s3Client.js';
import { s3CodeOf, s3Failure, withRetries } from '../../store/s3Failure.js';
import { isArchiveName, isAudioName } from '../source.js';
import { downloadOptions, type RemoteAccess } from './access.js';
import { download, type Wanted } from './download.js';
import { inLanes } from './lanes.js';
import { createMeter } from './meter.js';

const LANES = 8;
const ADDRESS_SECONDS = 3600;

type BucketObject = { name: string; size: number; etag: string; lastModified: Date };

/**
 * Fetches what lies under a prefix of a bucket: recordings and tables, or the one archive that the prefix names. Uses the
 * store's own endpoint and credentials.
 *
 * @returns the folder that mirrors the prefix, or the path of the archive
 * @throws SerError `BadConfig` for credentials or a bucket that the server does not know, `DataRefused` for an empty prefix
 */
export async function fetchBucket(
  { bucket, prefix }: { bucket: string; prefix: string },
  folder: string,
  access: RemoteAccess,
): Promise<string> {
  const { client, endpoint } = connectS3(access.s3 ?? {}, 'any');
  const subject = `s3://${bucket}/${prefix}`;
  const objects = await listBucket(client, bucket, prefix, subject);
  const archive = objects.find(({ name }) => name === prefix && isArchiveName(name));
  const wanted = archive ? [archive] : objects.filter(({ name }) => isAudioName(name) || /\.csv$/i.test(name));
  if (wanted.length === 0) {
    throw new SerError(
      'DataRefused',
      'there are no recordings under this prefix',
      subject,
      'Correct bucket and prefix.',
    );
  }
  const mark = createHash('sha256').update(`${endpoint} ${bucket}/${prefix}`).digest('hex').slice(0, 12);
  const target = join(folder, 's3', mark, prefix.split('/').filter(Boolean).at(-1) ?? bucket);
  let done = 0;
  const meter = createMeter({ what: subject, unit: 'files' }, access.onProgress);
  await inLanes(LANES, wanted, async (object) => {
    const path = archive ? target : join(target, ...relativeParts(object.name, prefix));
    await fetchObject(client, bucket, object, path, access);
    done += 1;
    meter({ done, total: wanted.length });
  });
  return target;
}

/** The prefix as a folder: `set` holds `set/1.wav`, and not `set-2/1.wav`. */
function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/** Below the prefix; parts that a file system could misread lose their dots. */
function relativeParts(name: string, prefix: string): string[] {
  const below = name === prefix ? name.slice(name.lastIndexOf('/') + 1) : name.slice(folderOf(prefix).length);
  return below.split('/').map((part) => (part === '..' || part === '.' || part === '' ? '_' : part));
}

async function fetchObject(
  client: Client,
  bucket: string,
  { name, size, etag, lastModified }: BucketObject,
  path: string,
  access: RemoteAccess,
): Promise<void> {
  const standing = await stat(path).catch(() => undefined);
  if (standing?.size === size && Math.abs(standing.mtimeMs - lastModified.getTime()) < 1) return;
  await rm(path, { force: true });
  const url = await client.presignedGetObject(bucket, name, ADDRESS_SECONDS);
  const isMd5 = /^[0-9a-f]{32}$/.test(etag);
  const wanted: Wanted = { url, sizeBytes: size, ...(isMd5 ? { checksum: { algorithm: 'md5', hex: etag } } : {}) };
  await download(wanted, path, downloadOptions(access));
  await utimes(path, lastModified, lastModified); // so that an object which was written anew is noticed
}

async function listBucket(client: Client, bucket: string, prefix: string, subject: string): Promise<BucketObject[]> {
  const listOnce = async () => {
    const objects: BucketObject[] = [];
    for await (const item of client.listObjectsV2(bucket, prefix, true) as AsyncIterable<Partial<BucketObject>>) {
      const { name, size = 0, etag = '', lastModified = new Date(0) } = item;
      if (name === prefix || name?.startsWith(folderOf(prefix))) objects.push({ name, size, etag, lastModified });
    }
    return objects;
  };
  return withRetries(listOnce).catch((error: unknown) => {
    throw listFailure(error, subject);
  });
}

/** What goes wrong here is a matter of the source; the words for stores would lead astray. */
function listFailure(error: unknown, subject: string): SerError {
  const { kind, what } = s3Failure(error, subject);
  const code = s3CodeOf(error);
  if (code === 'NoSuchBucket') return new SerError('BadConfig', what, subject, 'Correct its name.');
  if (code === '')
    return new SerError('Unreachable', what, subject, 'Check that the server runs and S3_ENDPOINT names it.');
  const remedy = 'Check S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION, and that they may list and read the bucket.';
  return new SerError(code === 'AccessDenied' ? 'BadConfig' : kind, what, subject, remedy);
}
