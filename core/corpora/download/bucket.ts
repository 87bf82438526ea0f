import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, S3Error } from 'minio';
import { messageOf, SerError } from '../../contracts/errors.js';
import { isArchiveName, isAudioName } from '../source.js';
import { downloadOptions, type RemoteAccess } from './access.js';
import { download, type Wanted } from './download.js';
import { inLanes } from './lanes.js';
import { createMeter } from './meter.js';

const LANES = 8;
const ADDRESS_SECONDS = 3600;

type BucketObject = { name: string; size: number; etag: string };

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
  const client = connect(access);
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
  const mark = createHash('sha256').update(`${access.s3?.endpoint} ${bucket}/${prefix}`).digest('hex').slice(0, 12);
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

/** Below the prefix as a folder; parts that a file system could misread lose their dots. */
function relativeParts(name: string, prefix: string): string[] {
  const start = prefix.endsWith('/') || prefix === '' ? prefix.length : prefix.lastIndexOf('/') + 1;
  const below = name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name.slice(start);
  return below.split('/').map((part) => (part === '..' || part === '.' || part === '' ? '_' : part));
}

async function fetchObject(
  client: Client,
  bucket: string,
  { name, size, etag }: BucketObject,
  path: string,
  access: RemoteAccess,
): Promise<void> {
  const standing = await stat(path).catch(() => undefined);
  if (standing?.size === size) return;
  await rm(path, { force: true });
  const url = await client.presignedGetObject(bucket, name, ADDRESS_SECONDS);
  const isMd5 = /^[0-9a-f]{32}$/.test(etag);
  const wanted: Wanted = { url, sizeBytes: size, ...(isMd5 ? { checksum: { algorithm: 'md5', hex: etag } } : {}) };
  await download(wanted, path, downloadOptions(access));
}

async function listBucket(client: Client, bucket: string, prefix: string, subject: string): Promise<BucketObject[]> {
  try {
    const objects: BucketObject[] = [];
    for await (const item of client.listObjectsV2(bucket, prefix, true) as AsyncIterable<Partial<BucketObject>>) {
      const { name, size = 0, etag = '' } = item;
      if (name !== undefined) objects.push({ name, size, etag });
    }
    return objects;
  } catch (error) {
    throw listFailure(error, subject);
  }
}

function listFailure(error: unknown, subject: string): SerError {
  const code = error instanceof S3Error ? (error.code ?? '') : '';
  if (code === 'NoSuchBucket')
    return new SerError('BadConfig', 'the bucket does not exist', subject, 'Correct its name.');
  if (code !== '') {
    const remedy = 'Check S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION, and that they may list and read the bucket.';
    return new SerError('BadConfig', `the server refuses (${code})`, subject, remedy);
  }
  return new SerError('Unreachable', `the server does not answer (${messageOf(error)})`, subject, 'Check S3_ENDPOINT.');
}

function connect({ s3 = {} }: RemoteAccess): Client {
  const { endpoint, accessKey = '', secretKey = '', sessionToken, region } = s3;
  if (endpoint === undefined || !URL.canParse(endpoint)) {
    throw new SerError('BadConfig', 'no S3 server is named', 'S3_ENDPOINT', 'Set it to http(s)://host:port.');
  }
  const { hostname, port, protocol } = new URL(endpoint);
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    useSSL: protocol === 'https:',
    accessKey,
    secretKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(region === undefined ? {} : { region }),
  });
}
