import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { download, type Wanted } from '../../../core/corpora/download/download.js';
import { fetchRemote } from '../../../core/corpora/download/fetchRemote.js';
import { officialRecordings } from '../../../core/corpora/official.js';
import { failureOf } from '../../support/failureOf.js';
import { redirect, refuse, serve, startServer, type UnreliableServer } from './unreliableServer.js';

const bytes = randomBytes(300_000);
const md5 = createHash('md5').update(bytes).digest('hex');
const fast = { pauseMs: 5, stallMs: 300 };

let server: UnreliableServer;
let folder: string;
let target: string;

beforeEach(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'ser-download-'));
  target = join(folder, 'corpus.zip');
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const wanted = (changes: Partial<Wanted> = {}): Wanted => ({ url: `${server.url}/corpus.zip`, ...changes });
const fetchIt = (changes?: Partial<Wanted>) => download(wanted(changes), target, fast);

describe('a download', () => {
  it('brings the bytes, leaves nothing else behind, and is not repeated', async () => {
    server.file('/corpus.zip', bytes);
    await fetchIt({ sizeBytes: bytes.length, checksum: { algorithm: 'md5', hex: md5 } });
    await fetchIt();
    expect(await readFile(target)).to.deep.equal(bytes);
    expect(await readdir(folder)).to.deep.equal(['corpus.zip']);
    expect(server.requests).to.have.length(1);
  });

  it('goes on at the byte after connections that are reset or fall silent', async () => {
    server.file('/corpus.zip', bytes, [
      serve({ upTo: 100_000, then: 'reset' }),
      serve({ upTo: 50_000, then: 'stall' }),
      serve({ upTo: 60_000, then: 'reset' }),
      serve(),
    ]);
    await fetchIt();
    expect(await readFile(target)).to.deep.equal(bytes);
    expect(server.served.get('/corpus.zip')).to.equal(bytes.length);
    expect(server.requests.slice(1).map(({ headers }) => headers.range)).to.deep.equal([
      'bytes=100000-',
      'bytes=150000-',
      'bytes=210000-',
    ]);
  });

  it('begins anew when the file changed in between, or the server knows no ranges', async () => {
    server.file('/corpus.zip', randomBytes(300_000), [serve({ upTo: 1000, then: 'reset' }), serve()]);
    const first = fetchIt();
    while ((await stat(`${target}.part`).catch(() => undefined))?.size !== 1000) await sleep(1);
    server.file('/corpus.zip', bytes);
    await first;
    expect(await readFile(target)).to.deep.equal(bytes);

    server.file('/other.zip', bytes, [serve({ upTo: 1000, then: 'reset', whole: true }), serve({ whole: true })]);
    await download(wanted({ url: `${server.url}/other.zip` }), join(folder, 'other.zip'), fast);
    expect(await readFile(join(folder, 'other.zip'))).to.deep.equal(bytes);
  });

  it('follows redirects to a signed address without its credentials, and asks for a new one when it expired', async () => {
    const storage = await startServer();
    try {
      let signed = 0;
      server.file('/corpus.zip', bytes, [redirect(() => `${storage.url}/blob?signature=${++signed}`)]);
      storage.file('/blob', bytes, [
        serve({ upTo: 1000, then: 'reset' }),
        refuse(403, {}, '<Error>expired</Error>'),
        serve(),
      ]);
      await fetchIt({ headers: { authorization: 'Basic secret' } });
      expect(await readFile(target)).to.deep.equal(bytes);
      expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal(Array(3).fill('Basic secret'));
      expect(storage.requests.map(({ headers }) => headers.authorization)).to.deep.equal(Array(3).fill(undefined));
      expect(storage.requests.map(({ path }) => path.split('=')[1])).to.deep.equal(['1', '2', '3']);
      expect(storage.served.get('/blob')).to.equal(bytes.length);
    } finally {
      await storage.close();
    }
  });

  it('waits as long as it is told to', async () => {
    server.file('/corpus.zip', bytes, [refuse(429, { 'retry-after': '1' }), serve()]);
    const notes: string[] = [];
    const started = Date.now();
    await download(wanted(), target, { ...fast, onProgress: ({ note }) => note !== undefined && notes.push(note) });
    expect(Date.now() - started).to.be.at.least(990);
    expect(notes).to.deep.equal(['the server asks to wait (429); trying again in 1 s']);
  });

  it('ends with the words of a page that wants a licence accepted', async () => {
    const page = '<html><head><title>Accept the licence</title></head></html>';
    server.file('/corpus.zip', bytes, [refuse(403, { 'content-type': 'text/html' }, page)]);
    const failure = await failureOf(() => fetchIt());
    expect(failure).to.include({ kind: 'BadConfig', subject: `${server.url}/corpus.zip` });
    expect(failure.what).to.equal('the server refuses (403) and shows the page "Accept the licence"');
    server.file('/corpus.zip', bytes, [refuse(200, { 'content-type': 'text/html' }, page)]);
    expect((await failureOf(() => fetchIt())).what).to.contain('a web page instead of the file');
    expect(server.requests).to.have.length(2);
  });

  it('refuses a length and bytes other than the published ones', async () => {
    server.file('/corpus.zip', bytes);
    const length = await failureOf(() => fetchIt({ sizeBytes: 12 }));
    expect(length).to.include({ kind: 'DataRefused', what: 'has 300000 bytes instead of 12' });
    const hash = await failureOf(() => fetchIt({ checksum: { algorithm: 'md5', hex: '0'.repeat(32) } }));
    expect(hash.kind).to.equal('DataRefused');
    expect(hash.what).to.contain(`the md5 is ${md5}`);
    await fetchIt({ checksum: { algorithm: 'md5', hex: md5 } });
  });

  it('notices an answer that ends before its length', async () => {
    const short = serve({ headers: { 'transfer-encoding': 'chunked' }, upTo: 1000 });
    server.file('/corpus.zip', bytes, [short]);
    const failure = await failureOf(() =>
      download(wanted({ sizeBytes: bytes.length }), target, { ...fast, pauseMs: 1 }),
    );
    expect(failure.kind).to.equal('Unreachable');
  });

  it('gives up on a server that stays away, keeping what came', async () => {
    server.file('/corpus.zip', bytes, [serve({ upTo: 1000, then: 'reset' }), refuse(500)]);
    const failure = await failureOf(() => fetchIt());
    expect(failure).to.include({ kind: 'Unreachable', what: 'the server failed (500)' });
    expect((await stat(`${target}.part`)).size).to.equal(1000);
  });

  it('says why a server could not be reached', async () => {
    const gone = await startServer();
    await gone.close();
    const failure = await failureOf(() => download(wanted({ url: `${gone.url}/x.zip` }), target, { pauseMs: 1 }));
    expect(failure).to.include({ kind: 'Unreachable', what: 'the connection broke (ECONNREFUSED)' });
  });

  it('is one download when two ask for it at once', async () => {
    server.file('/corpus.zip', bytes);
    await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
    expect(server.served.get('/corpus.zip')).to.equal(bytes.length);
  });

  it('takes over the lock of a process that is gone', async () => {
    server.file('/corpus.zip', bytes);
    await writeFile(`${target}.lock`, '999999999 gone');
    await fetchIt();
    expect(await readFile(target)).to.deep.equal(bytes);
  });

  it('ends at once when it is cancelled', async () => {
    server.file('/corpus.zip', bytes, [serve({ upTo: 1000, then: 'stall' })]);
    const abort = new AbortController();
    const started = Date.now();
    const fetching = failureOf(() => download(wanted(), target, { signal: abort.signal }));
    while ((await stat(`${target}.part`).catch(() => undefined))?.size !== 1000) await sleep(1);
    abort.abort();
    expect((await fetching).kind).to.equal('Cancelled');
    expect(Date.now() - started).to.be.below(5000);
  });

  it('that is killed three times ends with the right bytes, none of them sent twice', async function () {
    this.timeout(60_000);
    server.file('/corpus.zip', bytes, [
      serve({ upTo: 70_000, then: 'stall' }),
      serve({ upTo: 80_000, then: 'stall' }),
      serve({ upTo: 90_000, then: 'stall' }),
      serve(),
    ]);
    const url = `${server.url}/corpus.zip`;
    for (const arrived of [70_000, 150_000, 240_000]) {
      const child = fetchInProcess(url);
      while ((await partSize(folder)) !== arrived) await sleep(5);
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    const last = fetchInProcess(url);
    const [path] = (await once(last.stdout, 'data')) as [Buffer];
    await once(last, 'close');
    expect(await readFile(path.toString())).to.deep.equal(bytes);
    expect(server.served.get('/corpus.zip')).to.equal(bytes.length);
    expect(server.requests).to.have.length(4);
  });
});

function fetchInProcess(url: string) {
  const script = fileURLToPath(new URL('./fetchingProcess.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', script, url, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function partSize(below: string): Promise<number | undefined> {
  const part = (await readdir(below, { recursive: true })).find((name) => name.endsWith('.part'));
  return part === undefined ? undefined : (await stat(join(below, part))).size;
}

describe('remote sources', () => {
  const addresses = () => ({
    kaggle: `${server.url}/kaggle`,
    zenodo: `${server.url}/record`,
    crema: `${server.url}/batch`,
  });
  const access = () => ({ cacheFolder: folder, addresses: addresses(), ...fast });

  it('take RAVDESS from its record, with the MD5 that the record names', async () => {
    const record = (checksum: string) =>
      Buffer.from(
        JSON.stringify({
          files: [
            { key: 'Audio_Song_Actors_01-24.zip', size: 1, checksum: 'md5:x', links: { self: 'x' } },
            {
              key: 'Audio_Speech_Actors_01-24.zip',
              size: bytes.length,
              checksum: `md5:${checksum}`,
              links: { self: `${server.url}/content` },
            },
          ],
        }),
      );
    server.file('/record', record('0'.repeat(32)));
    server.file('/content', bytes);
    const refused = await failureOf(() => fetchRemote({ kind: 'zenodo:ravdess' }, access()));
    expect(refused.what).to.contain('other bytes came than were published');
    server.file('/record', record(md5));
    const path = await fetchRemote({ kind: 'zenodo:ravdess' }, access());
    expect(path).to.match(/Audio_Speech_Actors_01-24\.zip$/);
    expect(await readFile(path)).to.deep.equal(bytes);
  });

  it('give Kaggle the credentials that were given, and go without when none were', async () => {
    server.file('/kaggle', bytes);
    await fetchRemote({ kind: 'kaggle' }, { ...access(), kaggle: { username: 'ann', key: 'k' } });
    await fetchRemote({ kind: 'kaggle' }, { ...access(), cacheFolder: join(folder, 'other') });
    expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      `Basic ${Buffer.from('ann:k').toString('base64')}`,
      undefined,
    ]);
  });

  it('ask Git LFS for CREMA-D a hundred at a time, and refuse other bytes than its object ids promise', async () => {
    const first = (await officialRecordings()).find(({ corpus }) => corpus === 'CREMA-D')!;
    let asked: { operation: string; objects: { oid: string; size: number }[] } | undefined;
    server.file('/batch', Buffer.alloc(0), [
      (request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (text: string) => (body += text));
        request.on('end', () => {
          asked = JSON.parse(body) as NonNullable<typeof asked>;
          const objects = asked.objects.map(({ oid, size }) => ({
            oid,
            size,
            actions: { download: { href: `${server.url}/objects/${oid}`, header: { authorization: 'RemoteAuth t' } } },
          }));
          response.writeHead(200, { 'content-type': 'application/vnd.git-lfs+json' }).end(JSON.stringify({ objects }));
        });
      },
    ]);
    server.file(`/objects/${first.sha256}`, Buffer.alloc(first.sizeBytes));
    const failure = await failureOf(() => fetchRemote({ kind: 'crema' }, access()));
    expect(['DataRefused', 'BadConfig']).to.include(failure.kind);
    expect(asked).to.have.property('operation', 'download');
    expect(asked!.objects).to.have.length(100);
    expect(asked!.objects[0]).to.deep.equal({ oid: first.sha256, size: first.sizeBytes });
    const ofFirst = server.requests.find(({ path }) => path === `/objects/${first.sha256}`);
    expect(ofFirst?.headers.authorization).to.equal('RemoteAuth t');
  });
});
