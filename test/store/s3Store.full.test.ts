import { expect } from 'chai';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '../../core/store/keys.js';
import { openStore } from '../../core/store/open.js';
import { startMinio, type MinioServer } from '../../tools/minio.mjs';
import { describeContract } from './contract.js';
import { failureOf } from './failureOf.js';
import { describeStages } from './stageContract.js';

describe('the S3 store on a MinIO server', () => {
  let server: MinioServer;
  let dir: string;
  let count = 0;

  before(async function () {
    this.timeout(1_200_000);
    dir = await mkdtemp(join(tmpdir(), 'ser-minio-'));
    try {
      server = await startMinio({ dir });
    } catch (error) {
      console.error(`SKIPPED, the S3 store is not tested: ${String(error)}`);
      this.skip();
    }
  });
  after(async () => {
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const bucket = `ser-test-${process.pid}`;
  const freshUrl = () => `s3://${bucket}/${Date.now().toString(36)}-${count++}`;
  const open = (url: string, changes: object = {}) => {
    const { endpoint, accessKey, secretKey } = server;
    return openStore({ url, s3: { endpoint, accessKey, secretKey, ...changes } });
  };

  describeContract(() => open(freshUrl()));

  describe('with a stage', () => {
    describeStages(() => open(freshUrl()));
  });

  it('keeps what one prefix holds apart from what another one does', async () => {
    const url = freshUrl();
    const [outer, inner] = [await open(url), await open(`${url}/inner`)];
    await inner.put('object', new Uint8Array(3));
    expect(await outer.head('inner/object')).to.include({ sizeBytes: 3 });
    expect(await outer.head('object')).to.equal(undefined);
  });

  it('is refused bytes that are not those it has named, and leaves what stood', async () => {
    const store = await open(freshUrl());
    const first = await store.put('object', Buffer.from('bytes'));
    const failure = await failureOf(store.put('object', Buffer.from('other'), sha256Of('bytes')));
    expect(failure).to.include({ kind: 'StoreUnavailable' });
    expect(failure.what).to.equal('the server refused (XAmzContentChecksumMismatch)');
    expect(await store.head('object')).to.deep.equal(first);
  });

  it('says that the access key is unknown, or that the secret does not fit it, without repeating either', async () => {
    const unknown = await failureOf(open(freshUrl(), { accessKey: 'nobody-we-know' }));
    expect(unknown).to.include({ kind: 'BadConfig' });
    expect(unknown.what).to.equal('the server does not know the access key (InvalidAccessKeyId)');
    const wrong = await failureOf(open(freshUrl(), { secretKey: 'not-that-secret' }));
    expect(wrong).to.include({ kind: 'BadConfig' });
    expect(wrong.what).to.equal('the secret key is not that of the access key (SignatureDoesNotMatch)');
    for (const { message, stack, remedy } of [unknown, wrong]) {
      expect(`${message} ${stack} ${remedy}`).to.not.match(/nobody-we-know|not-that-secret/);
    }
  });

  describe('with temporary credentials', () => {
    /** Credentials that may do these things in any bucket. */
    async function temporary(...actions: string[]) {
      const { endpoint, accessKey, secretKey } = server;
      const statement = { Effect: 'Allow', Action: actions, Resource: ['arn:aws:s3:::*'] };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      const provider = new AssumeRoleProvider({ stsEndpoint: endpoint, accessKey, secretKey, policy });
      const credentials = await provider.getCredentials();
      return {
        accessKey: credentials.getAccessKey(),
        secretKey: credentials.getSecretKey(),
        sessionToken: credentials.getSessionToken(),
      };
    }

    it('reads and writes by the session token', async () => {
      const store = await open(freshUrl(), await temporary('s3:*'));
      const first = await store.put('object', new Uint8Array(3));
      expect(await store.putIf('object', new Uint8Array(4), { etag: first.etag })).to.include({ sizeBytes: 4 });
    });

    it('says that access is denied when they may not write', async () => {
      const url = freshUrl();
      await (await open(url)).put('object', new Uint8Array(3));
      const store = await open(url, await temporary('s3:ListBucket', 's3:GetObject'));
      expect(await store.head('object')).to.include({ sizeBytes: 3 });
      const failure = await failureOf(store.put('object', new Uint8Array(4)));
      expect(failure).to.include({ kind: 'StoreUnavailable', what: 'the server denies access (AccessDenied)' });
      expect(failure.remedy).to.contain('s3:PutObject');
    });

    it('says that the bucket does not exist when they may not make it', async () => {
      const failure = await failureOf(open(`s3://${bucket}-not`, await temporary('s3:ListBucket')));
      expect(failure).to.include({ kind: 'BadConfig', what: 'the bucket does not exist (NoSuchBucket)' });
    });
  });
});

describe('a MinIO server that is killed', () => {
  it('keeps whole what it acknowledged, and the store goes on with it when it is back', async function () {
    this.timeout(60_000);
    const dir = await mkdtemp(join(tmpdir(), 'ser-minio-'));
    const first = await startMinio({ dir, shared: false }).catch((error: unknown) => {
      console.error(`SKIPPED, no MinIO server to kill: ${String(error)}`);
      this.skip();
    });
    const { endpoint, accessKey, secretKey } = first;
    const store = await openStore({ url: 's3://ser-kill', s3: { endpoint, accessKey, secretKey } });
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let turn = 0; ; turn++) {
        const key = `objects/${turn}`;
        await store.put(key, new Uint8Array(200_000).fill(turn));
        acknowledged.push(key);
        if (turn === 20) void first.kill();
      }
    })();
    expect(await failureOf(writing)).to.include({ kind: 'StoreUnavailable' });

    const second = await startMinio({ dir, shared: false, port: Number(new URL(endpoint).port), accessKey, secretKey });
    for (const [turn, key] of acknowledged.entries()) {
      expect(Buffer.compare((await store.get(key)) ?? new Uint8Array(), new Uint8Array(200_000).fill(turn))).to.equal(
        0,
      );
    }
    await store.put('objects/after', new Uint8Array(1));
    await second.stop();
    await rm(dir, { recursive: true });
  });
});
