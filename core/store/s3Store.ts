import type { Client } from 'minio';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { S3Options } from '../contracts/configuration.js';
import { SerError } from '../contracts/errors.js';
import { assertKey, isKey } from './objectKey.js';
import type { ListedObject, ObjectInfo, ObjectStore, WriteCondition } from './objectStore.js';
import { connectS3, DEFAULT_REGION } from './s3Client.js';
import { CorruptAnswer, s3CodeOf, s3Failure, withRetries } from './s3Failure.js';
import { codeOf } from './systemCode.js';

/** Where in an S3 server a store lies. */
export type S3Location = {
  bucket: string;
  /** Empty, or ends with `/`. */
  prefix: string;
};

const LISTED_AT_A_TIME = 1000;

type ListedPage = Awaited<ReturnType<Client['listObjectsV2Query']>>;
type ListedByServer = { name?: string; size: number; lastModified?: Date };

/**
 * A store in a bucket of an S3 server: MinIO, AWS or another one that knows conditional writes (`If-None-Match`,
 * `If-Match`). An object is written by one PUT, from memory, its checksum verified by the server; on reading, the length
 * and the server's MD5 are verified here.
 */
export class S3Store implements ObjectStore {
  readonly url: string;

  private constructor(
    private readonly client: Client,
    private readonly endpoint: string,
    private readonly location: S3Location,
  ) {
    this.url = `s3://${location.bucket}/${location.prefix}`.replace(/\/$/, '');
  }

  /** Connects, and creates the bucket when it does not exist and these credentials may. */
  static async open(location: S3Location, options: S3Options): Promise<S3Store> {
    const { client, endpoint } = connectS3(options);
    const store = new S3Store(client, endpoint, location);
    await store.request('', () => store.requireBucket(options.region ?? DEFAULT_REGION));
    return store;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const name = this.nameOf(key);
    return this.request(key, () => ifPresent(async () => readBody(await this.client.getObject(this.bucket, name))));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const name = this.nameOf(key);
    return this.request(key, () =>
      ifPresent(async () => {
        const { size, etag } = await this.client.statObject(this.bucket, name);
        return { key, sizeBytes: size, etag };
      }),
    );
  }

  async put(key: string, bytes: Uint8Array): Promise<ObjectInfo> {
    const name = this.nameOf(key);
    return this.request(key, () => this.send(key, name, bytes, {}));
  }

  async putFile(key: string, path: string): Promise<ObjectInfo> {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new SerError('BadInput', `cannot be read (${codeOf(error)})`, path, 'Check the path and its permissions.');
    });
    return this.put(key, bytes);
  }

  async putIf(key: string, bytes: Uint8Array, condition: WriteCondition): Promise<ObjectInfo | undefined> {
    const name = this.nameOf(key);
    const headers = 'absent' in condition ? { 'If-None-Match': '*' } : { 'If-Match': `"${condition.etag}"` };
    return this.request(key, async (triesBefore) => {
      try {
        return await this.send(key, name, bytes, headers);
      } catch (error) {
        if (!['PreconditionFailed', 'NoSuchKey', 'NotFound'].includes(s3CodeOf(error))) throw error;
        return triesBefore === 0 ? undefined : await this.infoIfSame(key, bytes);
      }
    });
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const { bucket, prefix: root } = this.location;
    let next: string | undefined = '';
    while (next !== undefined) {
      const from = next;
      const page: ListedPage = await this.request(prefix, () =>
        this.client.listObjectsV2Query(bucket, root + prefix, from, '', LISTED_AT_A_TIME, ''),
      );
      for (const { name, size, lastModified } of page.objects as ListedByServer[]) {
        const key = name?.slice(root.length) ?? '';
        if (isKey(key)) yield { key, sizeBytes: size, modifiedMs: lastModified?.getTime() ?? Date.now() };
      }
      next = page.isTruncated ? page.nextContinuationToken : undefined;
    }
  }

  async delete(key: string): Promise<void> {
    const name = this.nameOf(key);
    await this.request(key, () => ifPresent(() => this.client.removeObject(this.bucket, name)));
  }

  /** A request that was cut off leaves no object: every write is one request. */
  leftovers(): Promise<{ count: number; sizeBytes: number }> {
    return Promise.resolve({ count: 0, sizeBytes: 0 });
  }

  private get bucket(): string {
    return this.location.bucket;
  }

  private nameOf(key: string): string {
    assertKey(key);
    return this.location.prefix + key;
  }

  private subjectOf(key: string): string {
    return `${this.url}${key && `/${key}`} at ${this.endpoint}`;
  }

  private async request<T>(key: string, send: (triesBefore: number) => Promise<T>): Promise<T> {
    try {
      return await withRetries(send);
    } catch (error) {
      throw s3Failure(error, this.subjectOf(key));
    }
  }

  /** One object is listed: unlike HEAD, a refused GET says why it was refused. */
  private async requireBucket(region: string): Promise<void> {
    try {
      await this.client.listObjectsV2Query(this.bucket, this.location.prefix, '', '', 1, '');
    } catch (error) {
      if (s3CodeOf(error) !== 'NoSuchBucket') throw error;
      await this.client.makeBucket(this.bucket, region).catch((refusal: unknown) => {
        if (s3CodeOf(refusal) === 'AccessDenied') throw error;
        if (s3CodeOf(refusal) !== 'BucketAlreadyOwnedByYou') throw refusal;
      });
    }
  }

  private async send(
    key: string,
    name: string,
    bytes: Uint8Array,
    headers: Record<string, string>,
  ): Promise<ObjectInfo> {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { etag } = await this.client.putObject(this.bucket, name, body, body.length, headers);
    if (etag !== md5Of(bytes) && !(await this.isEncrypted(name))) {
      throw new CorruptAnswer('the server names another checksum than the bytes have');
    }
    return { key, sizeBytes: bytes.byteLength, etag };
  }

  /** Objects encrypted by a key service have an etag that is no MD5. */
  private async isEncrypted(name: string): Promise<boolean> {
    const { metaData } = await this.client.statObject(this.bucket, name);
    return isKeyServiceEncryption((metaData as Record<string, unknown>)[ENCRYPTION_HEADER]);
  }

  /** After a lost answer: the refusal of the second try may be due to the success of the first. */
  private async infoIfSame(key: string, bytes: Uint8Array): Promise<ObjectInfo | undefined> {
    const standing = await this.get(key);
    return standing && Buffer.compare(standing, bytes) === 0 ? this.head(key) : undefined;
  }
}

const ENCRYPTION_HEADER = 'x-amz-server-side-encryption';

function isKeyServiceEncryption(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('aws:kms');
}

async function ifPresent<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (['NoSuchKey', 'NotFound'].includes(s3CodeOf(error))) return undefined;
    throw error;
  }
}

/** The whole body of an answer, its length and checksum verified. */
async function readBody(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const { headers } = stream as IncomingMessage;
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (headers['content-length'] !== undefined && Number(headers['content-length']) !== body.length) {
    throw new CorruptAnswer(`${body.length} of ${headers['content-length']} bytes arrived`);
  }
  const etag = headers.etag?.replaceAll('"', '') ?? '';
  const etagIsMd5 = /^[0-9a-f]{32}$/.test(etag) && !isKeyServiceEncryption(headers[ENCRYPTION_HEADER]);
  if (etagIsMd5 && md5Of(body) !== etag) throw new CorruptAnswer('the bytes that arrived have another checksum');
  return body;
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
