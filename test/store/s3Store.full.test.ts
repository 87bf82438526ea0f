import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../core/store/open.js';
import { startMinio, type MinioServer } from '../../tools/minio.mjs';
import { describeContract } from './contract.js';
import { failureOf } from './failureOf.js';

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

  const open = (url: string, changes: Partial<MinioServer> = {}) =>
    openStore({ url, s3: { ...credentials(), ...changes } });
  const credentials = () => {
    const { endpoint, accessKey, secretKey } = server;
    return { endpoint, accessKey, secretKey };
  };
  const freshUrl = () => `s3://ser-test-${process.pid}/${Date.now().toString(36)}-${count++}`;

  describeContract(() => open(freshUrl()));

  it('keeps what one prefix holds apart from what another one does', async () => {
    const url = freshUrl();
    const [outer, inner] = [await open(url), await open(`${url}/inner`)];
    await inner.put('object', new Uint8Array(3));
    expect(await outer.head('inner/object')).to.include({ sizeBytes: 3 });
    expect(await outer.head('object')).to.equal(undefined);
  });

  it('says that the access key is unknown, or that the secret does not fit it, without repeating either', async () => {
    const unknown = await failureOf(open(freshUrl(), { accessKey: 'nobody-we-know' }));
    expect(unknown).to.include({
      kind: 'BadConfig',
      what: 'the server does not know the access key (InvalidAccessKeyId)',
    });
    const wrong = await failureOf(open(freshUrl(), { secretKey: 'not-that-secret' }));
    expect(wrong).to.include({ kind: 'BadConfig' });
    for (const { message, stack, remedy } of [unknown, wrong]) {
      expect(`${message} ${stack} ${remedy}`).to.not.match(/nobody-we-know|not-that-secret/);
    }
  });
});
