import type { Client } from 'minio';
import { readFile } from 'node:fs/promises';
import type { S3Options } from '../contracts/configuration.js';
import { SerError } from '../contracts/errors.js';
import { sha256Of } from './keys.js';
import { assertKey, isKey } from './objectKey.js';
import type { ListedObject, ObjectInfo, ObjectStore, WriteCondition } from './objectStore.js';
import { receiveBody, sendBody } from './s3Bodies.js';
import { connectS3, DEFAULT_REGION } from './s3Client.js';
import { s3CodeOf, s3Failure, withRetries } from './s3Failure.js';
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
 * `If-Match`). An object is written by one PUT, from memory; what its bytes are checked by on both ways, `s3Bodies.ts` says.
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

  /** Connects. A bucket that does not exist is created, if that is wanted and these credentials may. */
  static async open(location: S3Location, options: S3Options, bucket: 'create' | 'require'): Promise<S3Store> {
    const { client, endpoint } = connectS3(options);
    const store = new S3Store(client, endpoint, location);
    await store.request('', async () => {
      try {
        await store.lookIntoBucket();
      } catch (error) {
        if (bucket === 'require' || s3CodeOf(error) !== 'NoSuchBucket') throw error;
        await store.createBucket(options.region ?? DEFAULT_REGION, error);
      }
    });
    return store;
  }

  async get(key: string, room: Uint8Array = new Uint8Array(0)): Promise<Uint8Array | undefined> {
    const object = { bucket: this.bucket, name: this.nameOf(key) };
    return this.request(key, () => ifPresent(() => receiveBody(this.client, object, room)));
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

  async put(key: string, bytes: Uint8Array, sha256 = sha256Of(bytes)): Promise<ObjectInfo> {
    return this.request(key, () => this.send(key, bytes, sha256, {}));
  }

  async putFile(key: string, path: string): Promise<ObjectInfo> {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new SerError('BadInput', `cannot be read (${codeOf(error)})`, path, 'Check the path and its permissions.');
    });
    return this.put(key, bytes);
  }

  async putIf(key: string, bytes: Uint8Array, condition: WriteCondition): Promise<ObjectInfo | undefined> {
    const headers = 'absent' in condition ? { 'if-none-match': '*' } : { 'if-match': `"${condition.etag}"` };
    const sha256 = sha256Of(bytes);
    return this.request(key, async (triesBefore) => {
      try {
        return await this.send(key, bytes, sha256, headers);
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
  private async lookIntoBucket(): Promise<void> {
    await this.client.listObjectsV2Query(this.bucket, this.location.prefix, '', '', 1, '');
  }

  /** To those who may not create it, it does not exist. */
  private async createBucket(region: string, missing: unknown): Promise<void> {
    await this.client.makeBucket(this.bucket, region).catch((refusal: unknown) => {
      if (s3CodeOf(refusal) === 'AccessDenied') throw missing;
      if (s3CodeOf(refusal) !== 'BucketAlreadyOwnedByYou') throw refusal;
    });
  }

  private async send(
    key: string,
    bytes: Uint8Array,
    sha256: string,
    headers: Record<string, string>,
  ): Promise<ObjectInfo> {
    const upload = { bucket: this.bucket, name: this.nameOf(key), bytes, sha256, headers };
    return { key, sizeBytes: bytes.byteLength, etag: await sendBody(this.client, upload) };
  }

  /** After a lost answer: the refusal of the second try may be due to the success of the first. */
  private async infoIfSame(key: string, bytes: Uint8Array): Promise<ObjectInfo | undefined> {
    const standing = await this.get(key);
    return standing && Buffer.compare(standing, bytes) === 0 ? this.head(key) : undefined;
  }
}

async function ifPresent<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (['NoSuchKey', 'NotFound'].includes(s3CodeOf(error))) return undefined;
    throw error;
  }
}
