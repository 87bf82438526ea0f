import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fetch } from '../../../client/commands/data/fetch.js';
import type { CommandContext } from '../../../client/context.js';
import { resolveConfiguration } from '../../../core/contracts/configuration.js';
import { encodeWav } from '../../../core/corpora/demo/wav.js';
import type { OfficialRecording } from '../../../core/corpora/official.js';
import {
  type Behaviour,
  refuse,
  serve,
  startServer,
  type UnreliableServer,
} from '../../corpora/download/unreliableServer.js';
import { makeZip } from '../../fixtures/corporaZip.js';
import { failureOf } from '../../support/failureOf.js';
import { fakeTerminal } from '../../support/fakeTerminal.js';
import { scratchHome } from '../../support/folders.js';

const CODES = ['ANG', 'DIS', 'FEA', 'HAP', 'NEU', 'SAD'];
const RECORDINGS = 150; // more than Git LFS is asked for at once

type Recording = OfficialRecording & { bytes: Buffer };

/** Short recordings under names of CREMA-D, each of its own bytes. */
const recordings = Array.from({ length: RECORDINGS }, (_, index): Recording => {
  const samples = Float64Array.from({ length: 800 }, (_, n) => 0.5 * Math.sin(n / (3 + index / 10)));
  const bytes = Buffer.from(encodeWav(samples, 16_000, 44));
  return {
    corpus: 'CREMA-D',
    name: `${1001 + Math.floor(index / 6)}_IEO_${CODES[index % 6]}_XX.wav`,
    emotion: '',
    speaker: '',
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sampleRate: 16_000,
    channels: 1,
    frames: 800,
    bytes,
  };
});

describe('`data fetch` of a published corpus', function () {
  this.timeout(30_000);
  let server: UnreliableServer;
  let context: CommandContext & { terminal: ReturnType<typeof fakeTerminal> };

  beforeEach(async () => {
    server = await startServer();
    const home = scratchHome();
    const [kaggle, zenodo, crema] = ['kaggle', 'record', 'batch'].map((path) => `${server.url}/${path}`) as [
      string,
      string,
      string,
    ];
    context = {
      configuration: { ...resolveConfiguration({ threads: 2 }, {}, undefined, home.store) },
      environment: {},
      home: { ...home, cache: join(home.folder, 'own-cache') },
      terminal: fakeTerminal(),
      workingFolder: dirname(home.folder),
      remote: {
        cacheFolder: join(home.folder, 'own-cache'),
        addresses: { kaggle, zenodo, crema },
        cremaRecordings: recordings,
        pauseMs: 5,
      },
    };
  });
  afterEach(() => server.close());

  const type = (spec: string) => fetch({ maxRejected: '0%', output: 'json' }, context, [spec]);
  const result = () => JSON.parse(context.terminal.printed.at(-1)!) as { counts: { usable: number }; reused: boolean };

  /** Answers a batch as Git LFS does: an address and a header for each object that is asked for. */
  const lfs: Behaviour = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] };
      const answers = objects.map(({ oid, size }) => ({
        oid,
        size,
        actions: { download: { href: `${server.url}/objects/${oid}`, header: { authorization: `for ${oid}` } } },
      }));
      const type = { 'content-type': 'application/vnd.git-lfs+json' };
      response.writeHead(200, type).end(JSON.stringify({ transfer: 'basic', objects: answers }));
    });
  };

  it('brings CREMA-D by Git LFS into the store, each object once, and asks for nothing a second time', async () => {
    server.file('/batch', Buffer.alloc(0), [refuse(503), lfs]);
    for (const [index, { sha256, bytes }] of recordings.entries()) {
      server.file(
        `/objects/${sha256}`,
        bytes,
        index === 7 ? [serve({ upTo: 100, then: 'reset' }), serve()] : undefined,
      );
    }
    expect(await type('crema')).to.equal(0);
    expect(result().counts.usable).to.equal(RECORDINGS);

    const asked = server.requests.map(({ path }) => path);
    expect(asked.filter((path) => path === '/batch')).to.have.length(3); // one refusal, a hundred, fifty
    for (const { sha256, bytes } of recordings) {
      expect(server.served.get(`/objects/${sha256}`)).to.equal(bytes.length);
      const request = server.requests.find(({ path }) => path === `/objects/${sha256}`);
      expect(request!.headers.authorization).to.equal(`for ${sha256}`);
      expect(statSync(join(context.home.store, 'audio', `${sha256}.wav`)).size).to.equal(bytes.length);
    }
    expect(context.terminal.said.join('\n'))
      .to.match(/downloading +CREMA-D: 150 files of 150 files/)
      .and.match(/^CREMA-D: ODbL 1\.0/m);

    const before = server.requests.length;
    expect(await type('crema')).to.equal(0);
    expect(result()).to.include({ reused: true });
    expect(server.requests).to.have.length(before);
  });

  it('goes on where it was after Git LFS went away, and refuses an object of other bytes by name', async () => {
    const [first, second] = [recordings[0]!, recordings[120]!];
    server.file('/batch', Buffer.alloc(0), [lfs]);
    for (const { sha256, bytes } of recordings) server.file(`/objects/${sha256}`, bytes);
    server.file(`/objects/${second.sha256}`, Buffer.alloc(second.sizeBytes));
    const refused = await failureOf(() => type('crema'));
    expect(refused).to.include({ kind: 'DataRefused', subject: `${server.url}/objects/${second.sha256}` });
    expect(refused.what).to.contain('the sha256 is').and.contain(`published is ${second.sha256}`);

    server.file(`/objects/${second.sha256}`, second.bytes);
    expect(await type('crema')).to.equal(0);
    expect(result().counts.usable).to.equal(RECORDINGS);
    expect(server.served.get(`/objects/${first.sha256}`)).to.equal(first.sizeBytes);
  });

  it('brings the archive of Kaggle with its folders, telling bytes, rate and time left', async () => {
    const archive = makeZip(recordings.map(({ name, bytes }) => ({ name: `Crema/${name}`, bytes, stored: true })));
    server.file('/kaggle', archive, [serve({ upTo: archive.length >> 1, then: 'reset' }), serve()]);
    expect(await type('kaggle')).to.equal(0);
    expect(result().counts.usable).to.equal(RECORDINGS);
    expect(server.served.get('/kaggle')).to.equal(archive.length);
    const said = context.terminal.said.join('\n');
    expect(said).to.match(/downloading +speech-emotion-recognition-en\.zip: .*trying again in 1 s/);
    expect(said).to.match(/downloading +speech-emotion-recognition-en\.zip: 0\.3 MB of 0\.3 MB/);
    expect(readdirSync(join(context.home.cache, 'downloads', 'kaggle'))).to.deep.equal([
      'speech-emotion-recognition-en.zip',
    ]);
  });
});
