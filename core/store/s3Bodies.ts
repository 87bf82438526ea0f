import type { Client } from 'minio';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CorruptAnswer } from './s3Failure.js';

/** What an object is to be written with. */
export type Upload = {
  bucket: string;
  name: string;
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
 * compared with the MD5 of the bytes here, which costs as much again as all the rest.
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
 * The whole body of an answer.
 *
 * @throws CorruptAnswer when its length is not as announced, or its MD5 not that of the etag
 */
export async function readBody(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const answer = stream as IncomingMessage;
  const { headers } = answer;
  const body = await readAll(answer);
  if (headers['content-length'] !== undefined && Number(headers['content-length']) !== body.length) {
    throw new CorruptAnswer(`${body.length} of ${headers['content-length']} bytes arrived`);
  }
  const etag = etagOf(answer);
  const etagIsMd5 = /^[0-9a-f]{32}$/.test(etag) && !isKeyServiceEncryption(headers[ENCRYPTION_HEADER]);
  if (etagIsMd5 && md5Of(body) !== etag) throw new CorruptAnswer('the bytes that arrived have another checksum');
  return body;
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
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
  return createHash('md5').update(bytes).digest('hex');
}
