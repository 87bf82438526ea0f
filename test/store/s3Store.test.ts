import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openStandingStore, openStore } from '../../core/store/open.js';
import { createTransport, Stalled } from '../../core/store/s3Transport.js';
import { failureOf } from './failureOf.js';

const credentials = { accessKey: 'ACCESSKEYOFTEST', secretKey: 'secret-key-of-test' };
const EMPTY_LISTING = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';

type Answer = (response: ServerResponse) => void;

const ok =
  (body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': `${body.length}`, ...headers }).end(body);
const status =
  (code: number, body = ''): Answer =>
  (response) =>
    response.writeHead(code).end(body);
const error = (code: number, name: string): Answer =>
  status(code, `<Error><Code>${name}</Code><AWSAccessKeyId>${credentials.accessKey}</AWSAccessKeyId></Error>`);
const reset: Answer = (response) => response.socket?.resetAndDestroy();
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

/** A server that lists an empty bucket and gives to everything else the answers it was told, in turn. */
describe('the S3 store, when the server misbehaves', () => {
  let server: Server;
  let endpoint: string;
  let answers: Answer[];
  let listings: Answer[];
  let requests: string[];
  let headersOfLast: IncomingHttpHeaders;

  beforeEach(async () => {
    requests = [];
    listings = [];
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        requests.push(`${request.method} ${request.url}`);
        headersOfLast = request.headers;
        const listing = request.url?.includes('list-type=2');
        const answer = listing ? (listings.shift() ?? ok(EMPTY_LISTING)) : (answers.shift() ?? status(500));
        answer(response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = () => openStore({ url: 's3://bucket/prefix', s3: { endpoint, ...credentials } });
  /** A store whose next requests are answered like this. */
  const openWith = async (...told: Answer[]) => {
    const store = await open();
    requests = [];
    answers = told;
    return store;
  };

  it('makes a bucket that is missing, unless one is to be looked into', async () => {
    listings = [error(404, 'NoSuchBucket'), error(404, 'NoSuchBucket')];
    const options = { url: 's3://bucket/prefix', s3: { endpoint, ...credentials } };
    const failure = await failureOf(openStandingStore(options));
    expect(failure).to.include({ kind: 'BadConfig', what: 'the bucket does not exist (NoSuchBucket)' });
    expect(requests).to.have.length(1);
    answers = [ok('')];
    await openStore(options);
    expect(requests.at(-1)).to.match(/^PUT \/bucket\/?$/);
  });

  const passing: Record<string, Answer> = {
    'a reset connection': reset,
    '503 Service Unavailable': status(503),
    '500 Internal Server Error': error(500, 'InternalError'),
    'a body that ends early': (response) => {
      response.writeHead(200, { 'content-length': '10', etag: `"${md5('0123456789')}"` }).write('01234');
      response.socket?.end();
    },
    'a body with another MD5': ok('0123456780', { etag: `"${md5('0123456789')}"` }),
    'a body with another SHA-256': ok('0123456780', { 'x-amz-checksum-sha256': sha256('0123456789') }),
  };
  for (const [fault, answer] of Object.entries(passing)) {
    it(`asks again after ${fault}`, async () => {
      const store = await openWith(answer, ok('0123456789', { etag: `"${md5('0123456789')}"` }));
      expect(Buffer.from((await store.get('a')) ?? []).toString()).to.equal('0123456789');
      expect(requests).to.deep.equal(['GET /bucket/prefix/a', 'GET /bucket/prefix/a']);
    });

    it(`gives up when ${fault} comes four times, and names the object`, async () => {
      const failure = await failureOf((await openWith(answer, answer, answer, answer)).get('a'));
      expect(failure).to.include({ kind: 'StoreUnavailable', subject: `s3://bucket/prefix/a at ${endpoint}` });
      expect(requests).to.have.length(4);
    });
  }

  it('takes a body by its SHA-256, and not by that of parts', async () => {
    const headers = { etag: '"of-its-own"', 'x-amz-checksum-sha256': sha256('bytes') };
    const parts = { etag: `"${md5('bytes')}-2"`, 'x-amz-checksum-sha256': `${sha256('of parts')}-2` };
    const store = await openWith(ok('bytes', headers), ok('bytes', parts));
    for (const key of ['a', 'b']) expect(Buffer.from((await store.get(key)) ?? []).toString()).to.equal('bytes');
    expect(headersOfLast).to.include({ 'x-amz-checksum-mode': 'ENABLED' });
    expect(requests).to.deep.equal(['GET /bucket/prefix/a', 'GET /bucket/prefix/b']);
  });

  it('asks again for the page of a listing that failed, and for no other', async () => {
    const page = (key: string, rest: string) =>
      ok(`<ListBucketResult><Contents><Key>prefix/${key}</Key><Size>1</Size></Contents>${rest}</ListBucketResult>`);
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>';
    const store = await open();
    requests = [];
    listings = [page('a', more), status(503), reset, page('b', '<IsTruncated>false</IsTruncated>')];
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).to.deep.equal(['a', 'b']);
    expect(requests.map((request) => request.includes('continuation-token=next'))).to.deep.equal([
      false,
      true,
      true,
      true,
    ]);
  });

  it('names the SHA-256 of what it writes in a header that the signature covers', async () => {
    const store = await openWith(ok('', { etag: `"${md5('bytes')}"` }));
    await store.put('a', Buffer.from('bytes'));
    expect(headersOfLast).to.include({ 'x-amz-checksum-sha256': sha256('bytes'), 'content-length': '5' });
    expect(headersOfLast.authorization).to.match(/SignedHeaders=[^,]*;x-amz-checksum-sha256[;,]/);
  });

  it('takes the word of a server that has compared the SHA-256, whatever its etag is', async () => {
    const store = await openWith(ok('', { etag: '"of-its-own"', 'x-amz-checksum-sha256': sha256('bytes') }));
    expect(await store.put('a', Buffer.from('bytes'))).to.deep.equal({ key: 'a', sizeBytes: 5, etag: 'of-its-own' });
    expect(requests).to.deep.equal(['PUT /bucket/prefix/a']);
  });

  for (const [checksum, headers] of Object.entries({
    etag: { etag: `"${md5('other')}"` },
    'SHA-256': { etag: `"${md5('bytes')}"`, 'x-amz-checksum-sha256': sha256('other') },
  })) {
    it(`refuses a write that the server acknowledges with another ${checksum}`, async () => {
      const wrong = ok('', headers);
      const answers = checksum === 'etag' ? [wrong, ok('')] : [wrong];
      const store = await openWith(...[1, 2, 3, 4].flatMap(() => answers));
      const failure = await failureOf(store.put('a', Buffer.from('bytes')));
      expect(failure).to.include({ kind: 'StoreUnavailable' });
      expect(failure.what).to.equal('the server names another checksum than the bytes have');
    });
  }

  it('writes again what the server received altered', async () => {
    const store = await openWith(
      error(400, 'XAmzContentChecksumMismatch'),
      ok('', { etag: '"1"', 'x-amz-checksum-sha256': sha256('bytes') }),
    );
    expect(await store.put('a', Buffer.from('bytes'))).to.include({ etag: '1' });
  });

  it('takes an etag that is no MD5 from a server that encrypts by a key service', async () => {
    const encrypted = { 'x-amz-server-side-encryption': 'aws:kms', etag: '"00112233445566778899aabbccddeeff"' };
    const store = await openWith(ok('', encrypted), ok('', encrypted), ok('bytes', encrypted));
    expect(await store.put('a', Buffer.from('bytes'))).to.include({ etag: '00112233445566778899aabbccddeeff' });
    expect(Buffer.from((await store.get('a')) ?? []).toString()).to.equal('bytes');
  });

  it('knows its own conditional write again when only the answer was lost', async () => {
    const etag = `"${md5('mine')}"`;
    const store = await openWith(reset, error(412, 'PreconditionFailed'), ok('mine', { etag }), ok('', { etag }));
    expect(await store.putIf('a', Buffer.from('mine'), { absent: true })).to.include({ etag: md5('mine') });
  });

  it('does not take the conditional write of another for its own', async () => {
    const etag = `"${md5('theirs')}"`;
    const store = await openWith(reset, error(412, 'PreconditionFailed'), ok('theirs', { etag }));
    expect(await store.putIf('a', Buffer.from('mine'), { absent: true })).to.equal(undefined);
  });

  for (const [name, code, kind] of [
    ['AccessDenied', 403, 'StoreUnavailable'],
    ['InvalidAccessKeyId', 403, 'BadConfig'],
    ['ExpiredToken', 400, 'BadConfig'],
    ['XMinioStorageFull', 507, 'StoreUnavailable'],
    ['SomethingNew', 400, 'StoreUnavailable'],
  ] as const) {
    it(`says ${kind} to ${name}, and repeats no credentials`, async () => {
      const failure = await failureOf((await openWith(error(code, name))).put('a', Buffer.from('x')));
      expect(failure).to.include({ kind });
      expect(failure.what).to.contain(name);
      expect(failure.cause).to.equal(undefined);
      expect(JSON.stringify(failure) + failure.message + failure.stack).to.not.contain(credentials.accessKey);
    });
  }

  it('gives up a server that takes a request and then says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { transport, transportAgent } = createTransport(false, { connectMs: 1000, idleMs: 30 });
    const { port } = silent.address() as AddressInfo;
    const request = transport.request({ host: '127.0.0.1', port, agent: transportAgent }).end();
    const [failure] = (await once(request, 'error')) as [Error];
    expect(failure).to.be.instanceOf(Stalled);
    silent.closeAllConnections();
    silent.close();
  });
});

describe('the S3 store, when it cannot be opened', () => {
  const open = (url: string, s3: Record<string, string>) => failureOf(openStore({ url, s3 }));

  it('names the endpoint that does not answer, at once', async () => {
    const started = performance.now();
    const failure = await open('s3://bucket', { endpoint: 'http://127.0.0.1:9', ...credentials });
    expect(failure).to.include({ kind: 'StoreUnavailable', subject: 's3://bucket at http://127.0.0.1:9' });
    expect(failure.what).to.equal('the object store does not answer (ECONNREFUSED)');
    expect(failure.remedy).to.contain('S3_ENDPOINT');
    expect(performance.now() - started).to.be.below(3000);
  });

  it('names the variable that is not set', async () => {
    expect(await open('s3://bucket', credentials)).to.include({ kind: 'BadConfig', subject: 'S3_ENDPOINT' });
    const endpoint = 'http://127.0.0.1:9';
    expect(await open('s3://bucket', { endpoint })).to.include({ kind: 'BadConfig', subject: 'S3_ACCESS_KEY' });
    expect(await open('s3://bucket', { endpoint, accessKey: 'a' })).to.include({ subject: 'S3_SECRET_KEY' });
  });

  for (const endpoint of ['localhost:9000', 'ftp://host', 'http://key:secret@host', 'http://host/path', 'nonsense']) {
    it(`refuses the endpoint ${endpoint} without repeating it`, async () => {
      const failure = await open('s3://bucket', { endpoint, ...credentials });
      expect(failure).to.include({ kind: 'BadConfig', subject: 'S3_ENDPOINT' });
      expect(failure.message + failure.remedy).to.not.contain('secret');
    });
  }

  for (const url of [
    's3://',
    's3://b',
    's3://key:secret@bucket/prefix',
    's3://bucket/pre fix',
    'gs://bucket',
    's3:bucket',
    's3://bucket/../other',
    'file://host/path',
  ]) {
    it(`refuses the url ${url} without repeating it`, async () => {
      const failure = await open(url, { endpoint: 'http://127.0.0.1:9', ...credentials });
      expect(failure).to.include({ kind: 'BadConfig', subject: 'SER_STORE' });
      expect(failure.message + failure.remedy).to.not.contain('secret');
    });
  }
});
