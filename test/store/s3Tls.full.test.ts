import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';
import type { Environment } from '../../core/contracts/configuration.js';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { type Ended, ser } from '../support/command.js';
import { scratchFolder } from '../support/folders.js';

describe('an S3 server behind TLS', function () {
  this.timeout(60_000);
  let minio: MinioServer;
  let front: Server;
  let certificates: Certificates;
  let environment: Environment;
  let folder: string;

  before(async function () {
    this.timeout(1_200_000);
    try {
      minio = await startMinio({ dir: scratchFolder(), shared: false });
    } catch (error) {
      console.error(`    SKIPPED, S3 behind TLS is not tested: ${String(error)}`);
      this.skip();
    }
    folder = scratchFolder();
    await writeSmallCorpus(join(folder, 'corpus'), 60);
    certificates = makeCertificates(scratchFolder());
    const { server } = certificates;
    const { hostname, port } = new URL(minio.endpoint);
    front = createServer(
      { cert: readFileSync(server.certificate), key: readFileSync(server.key) },
      (inward, answer) => {
        const { method, url, headers } = inward;
        const outward = request({ hostname, port, method, path: url, headers }, (response) => {
          answer.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(answer);
        });
        inward.pipe(outward);
      },
    );
    await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
    environment = {
      SER_STORE: 's3://ser-tls/store',
      S3_ENDPOINT: `https://localhost:${(front.address() as AddressInfo).port}`,
      S3_ACCESS_KEY: minio.accessKey,
      S3_SECRET_KEY: minio.secretKey,
      NODE_EXTRA_CA_CERTS: certificates.authority,
    };
  });
  after(async () => {
    front?.close();
    front?.closeAllConnections();
    await minio?.stop();
  });

  const fetch = (changes: Environment = {}): Promise<Ended> =>
    ser(['data', 'fetch', 'corpus', '-o', 'json'], { folder, environment: { ...environment, ...changes } });

  it('is a store like another, once its authority is known', async () => {
    const { code, stdout, stderr } = await fetch();
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ reused: false });
  });

  it('takes temporary credentials with their session token, and not without it', async () => {
    const { endpoint: stsEndpoint, accessKey, secretKey } = minio;
    const credentials = await new AssumeRoleProvider({ stsEndpoint, accessKey, secretKey }).getCredentials();
    const temporary = { S3_ACCESS_KEY: credentials.getAccessKey(), S3_SECRET_KEY: credentials.getSecretKey() };
    const { code, stdout, stderr } = await fetch({ ...temporary, S3_SESSION_TOKEN: credentials.getSessionToken() });
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ reused: true });
    const without = await fetch(temporary);
    expect(without.code, without.stderr).to.equal(2);
    expect(without.stderr).to.match(/^ {2}do: Check S3_ACCESS_KEY and S3_SECRET_KEY \(and S3_SESSION_TOKEN/m);
  });

  it('is refused, with exit code 3 and a hint, while its authority is unknown', async () => {
    const { code, stderr } = await fetch({ NODE_EXTRA_CA_CERTS: undefined });
    expect(code, stderr).to.equal(3);
    expect(stderr)
      .to.match(/^ser: .*certificate/m)
      .and.match(/^ {2}do: .*NODE_EXTRA_CA_CERTS/m);
  });
});
