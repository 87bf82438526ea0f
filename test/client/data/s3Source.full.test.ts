import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Client } from 'minio';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';
import type { Environment } from '../../../core/contracts/configuration.js';
import { encodeWav } from '../../../core/corpora/demo/wav.js';
import { type MinioServer, startMinio } from '../../../tools/minio.mjs';
import { makeZip } from '../../fixtures/corporaZip.js';
import { type Ended, ser } from '../../support/command.js';
import { expectRefusal } from '../../support/expectRefusal.js';
import { scratchFolder } from '../../support/folders.js';

/** A short recording; each number gives other bytes, always as many. */
function recording(number: number): Buffer {
  const samples = Float64Array.from({ length: 800 }, (_, n) => 0.5 * Math.sin(n / (3 + number)));
  return Buffer.from(encodeWav(samples, 16_000, 44));
}

type Fetched = { reused: boolean; counts: { files: number; usable: number } };

describe('`data fetch s3://bucket/prefix` from a MinIO server', function () {
  this.timeout(60_000);
  const bucket = `ser-source-${process.pid}`;
  let server: MinioServer;
  let client: Client;
  let folder: string;
  let environment: Environment;

  before(async function () {
    this.timeout(1_200_000);
    try {
      server = await startMinio({ dir: scratchFolder() });
    } catch (error) {
      console.error(`    SKIPPED, buckets as sources are not tested: ${String(error)}`);
      this.skip();
    }
    const { endpoint, accessKey, secretKey } = server;
    const { hostname, port } = new URL(endpoint);
    client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
    environment = { S3_ENDPOINT: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey };
    await client.makeBucket(bucket);
    for (let number = 0; number < 12; number++) {
      await client.putObject(bucket, `mine/happy/${number}.wav`, recording(number));
    }
    await client.putObject(bucket, 'mine/readme.txt', Buffer.from('not a recording'));
    await client.putObject(bucket, 'mine/labels.csv', 'path,emotion\nhappy/11.wav,bored\n');
    await client.putObject(bucket, 'mine-not/happy/99.wav', recording(99));
    await client.putObject(bucket, 'packed/corpus.zip', makeZip([{ name: 'Savee/DC_a01.wav', bytes: recording(1) }]));
  });
  after(() => server?.stop());

  beforeEach(() => {
    folder = scratchFolder();
  });

  const fetch = (source: string, changes: Environment = {}): Promise<Ended> =>
    ser(['data', 'fetch', source, '-o', 'json'], { folder, environment: { ...environment, ...changes } });

  async function fetched(source: string, changes?: Environment): Promise<Fetched> {
    const { code, stdout, stderr } = await fetch(source, changes);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Fetched;
  }

  it('takes recordings and tables below the prefix, and nothing else', async () => {
    const { counts } = await fetched(`s3://${bucket}/mine`);
    expect(counts).to.include({ files: 12, usable: 12 });
    const shown = await ser(['data', 'list'], { folder });
    expect(shown.stdout.split('\n')[0]).to.match(/happy +bored +rejects$/);
    const downloaded = await readdir(join(folder, '.ser', 'cache', 'downloads', 's3'), { recursive: true });
    expect(downloaded.filter((name) => /\.\w+$/.test(name))).to.have.length(13);
  });

  it('takes an archive that is the object itself', async () => {
    expect((await fetched(`s3://${bucket}/packed/corpus.zip`)).counts).to.include({ files: 1, usable: 1 });
  });

  it('transfers nothing a second time, but what was written anew meanwhile', async () => {
    const first = await fetched(`s3://${bucket}/mine/`);
    expect(await fetched(`s3://${bucket}/mine/`)).to.deep.equal({ ...first, reused: true });
    await client.putObject(bucket, 'mine/happy/3.wav', recording(33));
    const changed = await fetched(`s3://${bucket}/mine/`);
    await client.putObject(bucket, 'mine/happy/3.wav', recording(3));
    expect(changed).to.include({ reused: false });
    expect(changed.counts).to.include({ files: 12, usable: 12 });
  });

  it('reads by temporary credentials', async () => {
    const { endpoint, accessKey, secretKey } = server;
    const statement = { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: ['arn:aws:s3:::*'] };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const provider = new AssumeRoleProvider({ stsEndpoint: endpoint, accessKey, secretKey, policy });
    const temporary = await provider.getCredentials();
    const { counts } = await fetched(`s3://${bucket}/mine`, {
      S3_ACCESS_KEY: temporary.getAccessKey(),
      S3_SECRET_KEY: temporary.getSecretKey(),
      S3_SESSION_TOKEN: temporary.getSessionToken(),
    });
    expect(counts.usable).to.equal(12);
  });

  const refusals: [string, string, Environment, number, RegExp, RegExp][] = [
    [
      'an access key that nobody knows',
      'mine',
      { S3_ACCESS_KEY: 'nobody-we-know' },
      2,
      /^ser: the server does not know the access key \(InvalidAccessKeyId\)$/,
      /S3_ACCESS_KEY/,
    ],
    [
      'a secret that does not fit the key',
      'mine',
      { S3_SECRET_KEY: 'not-that-secret' },
      2,
      /^ser: the secret key is not that of the access key \(SignatureDoesNotMatch\)$/,
      /S3_SECRET_KEY/,
    ],
    ['a prefix with nothing below it', 'nothing', {}, 4, /^ser: there are no recordings under this prefix$/, /prefix/],
    ['no server', 'mine', { S3_ENDPOINT: undefined }, 2, /^ser: no S3 server is named$/, /Set it to the address/],
  ];
  for (const [name, prefix, changes, exit, what, remedy] of refusals) {
    it(`refuses ${name}, without repeating a key`, async () => {
      const ended = await fetch(`s3://${bucket}/${prefix}`, changes);
      expectRefusal(ended, exit, what, name === 'no server' ? /S3_ENDPOINT/ : /s3:\/\//, remedy);
      expect(ended.stderr)
        .to.not.match(/nobody-we-know|not-that-secret/)
        .and.not.contain(server.secretKey);
    });
  }

  it('refuses a bucket that does not exist', async () => {
    const ended = await fetch(`s3://${bucket}-not/mine`);
    expectRefusal(ended, 2, /^ser: the bucket does not exist/, /s3:\/\/ser-source-\d+-not\/mine$/, /name/);
  });

  it('says that a server does not answer, with exit code 3', async () => {
    const ended = await fetch(`s3://${bucket}/mine`, { S3_ENDPOINT: 'http://127.0.0.1:1' });
    expectRefusal(ended, 3, /^ser: .*(does not answer|ECONNREFUSED)/, /s3:\/\//, /S3_ENDPOINT/);
    rmSync(folder, { recursive: true });
  });
});
