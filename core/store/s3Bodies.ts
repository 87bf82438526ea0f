import type { Client } from 'minio';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CorruptAnswer } from './s3Failure.js';

/** An object of a bucket. */
export type S3Object = { bucket: string; name: string };

/** What an object is to be written with. */
export type Upload = S3Object & {
  bytes: Uint8Array;
  /** SHA-256 of the bytes, hexadecimal. */
  sha256: string;
  /** Conditions of the write. */
  headers: Readonly<Record<string, string>>;
};

const CHECKSUM_HEADER = 'x-amz-checksum-sha256';
const ENCRYPTION_HEADER = 'x-amz-server-side-encryption';

/**
 * Writes an object by one request. Its SHA-256 goes ahead in a header that the signature covers: the server refuses bytes
 * that have another one, and names it in its answer when it has compared them. Of a server that does not, the etag is
 * compared with the MD5 of the bytes here, which takes as long as all the rest.
 *
 * @param client one that leaves payloads unsigned, so that the server hashes them once
 * @returns the etag
 * @throws CorruptAnswer when the server acknowledges other bytes
 */
export async function sendBody(client: Client, { bucket, name, bytes, sha256, headers }: Upload): Promise<string> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checksum = Buffer.from(sha256, 'hex').toString('base64');
  const sent = { ...headers, 'content-length': `${body.length}`, [CHECKSUM_HEADER]: checksum };
  const request = { method: 'PUT', bucketName: bucket, objectName: name, headers: sent };
  // Not `putObject`: it copies the bytes, and hashes them by MD5 and once more by SHA-256.
  const answer = await client.makeRequestStreamAsync(request, body, '', [200], '');
  await readAll(answer);
  const etag = etagOf(answer);
  const named = answer.headers[CHECKSUM_HEADER];
  const same =
    named === undefined ? etag === md5Of(body) || (await isEncrypted(client, bucket, name)) : named === checksum;
  if (!same) throw new CorruptAnswer('the server names another checksum than the bytes have');
  return etag;
}

/**
 * Reads a whole object. It is held against its SHA-256 where the server knows that, as it does of what `sendBody` wrote,
 * else against the MD5 that is its etag.
 *
 * @param room where the bytes are put if they fit: the result is then a view of it
 * @throws CorruptAnswer when their number is not as announced, or their checksum another one
 */
export async function receiveBody(client: Client, { bucket, name }: S3Object, room: Uint8Array): Promise<Uint8Array> {
  const headers = { 'x-amz-checksum-mode': 'ENABLED' };
  const answer = await client.makeRequestAsync({ method: 'GET', bucketName: bucket, objectName: name, headers });
  const body = join(await readAll(answer), room);
  const announced = answer.headers['content-length'];
  if (announced !== undefined && Number(announced) !== body.length) {
    throw new CorruptAnswer(`${body.length} of ${announced} bytes arrived`);
  }
  if (!agrees(body, answer)) throw new CorruptAnswer('the bytes that arrived have another checksum');
  return body;
}

/** Whether bytes are those that the server says it sent; true of a server that does not say. */
function agrees(body: Uint8Array, answer: IncomingMessage): boolean {
  const named = answer.headers[CHECKSUM_HEADER];
  if (typeof named === 'string' && WHOLE_SHA256.test(named)) return hashOf('sha256', body, 'base64') === named;
  const etag = etagOf(answer);
  const etagIsMd5 = /^[0-9a-f]{32}$/.test(etag) && !isKeyServiceEncryption(answer.headers[ENCRYPTION_HEADER]);
  return !etagIsMd5 || md5Of(body) === etag;
}

/** Of an object in parts it is a checksum of checksums, and ends with their number. */
const WHOLE_SHA256 = /^[A-Za-z0-9+/]{43}=$/;

async function readAll(answer: IncomingMessage): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks;
}

function join(chunks: readonly Buffer[], room: Uint8Array): Uint8Array {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const joined = length <= room.length ? room.subarray(0, length) : Buffer.allocUnsafeSlow(length);
  let filled = 0;
  for (const chunk of chunks) {
    joined.set(chunk, filled);
    filled += chunk.length;
  }
  return joined;
}

function etagOf({ headers }: IncomingMessage): string {
  return headers.etag?.replaceAll('"', '') ?? '';
}

/** Objects encrypted by a key service have an etag that is no MD5. */
async function isEncrypted(client: Client, bucket: string, name: string): Promise<boolean> {
  const { metaData } = await client.statObject(bucket, name);
  return isKeyServiceEncryption((metaData as Record<string, unknown>)[ENCRYPTION_HEADER]);
}

function isKeyServiceEncryption(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('aws:kms');
}

function md5Of(bytes: Uint8Array): string {
  return hashOf('md5', bytes, 'hex');
}

function hashOf(algorithm: string, bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}
