import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { expect } from 'chai';
import { createContext } from '../../../client/context.js';
import { openModel } from '../../../client/models.js';
import type { PredictionAnswer } from '../../../client/serve/answer.js';
import { fixedModel, type ModelSource, servedModel } from '../../../client/serve/model.js';
import { openStore } from '../../../core/store/open.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { createInlinePool, type InlinePool } from '../../durability/stagesInProcess.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';
import { type Served, startServed } from './servedFolder.js';

const HOUR_SECONDS = 3600;
const LOWEST_RATE = 1000; // Hz, of what is read

describe('ser serve, asked badly', function () {
  this.timeout(60_000);
  let models: ModelSource;
  let pool: InlinePool;
  let served: Served;

  before(async () => {
    const folder = scratchFolder();
    writeUntrainedBundle(join(folder, 'bundle'));
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    models = fixedModel(servedModel('bundle', await openModel('bundle', context)));
    pool = createInlinePool(await openStore({ url: join(folder, 'store') }));
    served = await startServed({ models, pool });
  });

  afterEach('it still answers', async () => {
    expect((await fetch(`${served.url}/healthz`)).status).to.equal(200);
  });

  /** What comes back for bytes as they are, until the server closes the connection. */
  async function answerTo(text: string, { url } = served): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (words: string) => (said += words));
    socket.on('error', () => undefined); // a server may hang up while it is told more
    socket.write(text);
    await once(socket, 'close');
    return said;
  }
  const head = (line: string, ...headers: string[]) =>
    [line, `Host: ${new URL(served.url).host}`, ...headers, '', ''].join('\r\n');
  const CLOSE = 'Connection: close';

  it('tells a recording that does not arrive in time so, and counts it', async () => {
    const hasty = await startServed({ models, pool }, { timeoutMs: 100 });
    const request = `POST /predict HTTP/1.1\r\nHost: ${new URL(hasty.url).host}\r\nContent-Length: 1000\r\n\r\nRIFF`;
    const said = await answerTo(request, hasty);
    expect(said).to.match(/^HTTP\/1\.1 408 .*Connection: close.*"kind":"Slow","message":"[^"]*100 ms/s);
    expect(await (await fetch(`${hasty.url}/metrics`)).text()).to.match(/^ser_serve_errors_total\{kind="Slow"\} 1$/m);
  });

  it('is not ended by an address that is none', async () => {
    expect(await answerTo(head('GET // HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 404 /);
    expect(await answerTo(head('GET http://[ HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 400 .*"kind":"BadRequest"/s);
    expect(await answerTo(head('OPTIONS * HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 404 /);
    expect(await answerTo(head('GET /%ff%00 HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 404 /);
    expect(await answerTo(head('GET /../../etc/passwd HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 404 /);
    expect(await answerTo(head('GET /constructor HTTP/1.1', CLOSE))).to.match(/^HTTP\/1\.1 404 /);
    expect(await answerTo('these are words\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /);
  });

  it('takes an address that names it in full, as proxies send it', async () => {
    expect(await answerTo(head(`GET ${served.url}/healthz HTTP/1.1`, CLOSE))).to.match(/^HTTP\/1\.1 200 /);
  });

  it('refuses a head of more than 16 KiB', async () => {
    expect(await answerTo(head('GET /healthz HTTP/1.1', `X: ${'x'.repeat(20_000)}`))).to.match(/^HTTP\/1\.1 431 /);
  });

  it('says what a path takes, and answers HEAD without a body', async () => {
    const ask = async (path: string, method: string) => {
      const response = await fetch(served.url + path, { method });
      return [response.status, response.headers.get('allow'), await response.text()];
    };
    expect(await ask('/predict', 'OPTIONS')).to.deep.equal([204, 'POST, OPTIONS', '']);
    expect(await ask('/healthz', 'OPTIONS')).to.deep.equal([204, 'GET, HEAD, OPTIONS', '']);
    expect((await ask('/healthz', 'DELETE')).slice(0, 2)).to.deep.equal([405, 'GET, HEAD, OPTIONS']);
    expect((await ask('/nowhere', 'OPTIONS')).slice(0, 2)).to.deep.equal([404, null]);
    for (const path of ['/', '/healthz', '/metrics', '/openapi.json', '/page.js']) {
      expect(await ask(path, 'HEAD'), path).to.deep.equal([200, null, '']);
    }
  });

  it('answers no page of elsewhere that asks first what it may', async () => {
    const asked = head('OPTIONS /predict HTTP/1.1', 'Origin: http://evil.example', CLOSE);
    const said = await answerTo(asked);
    expect(said).to.match(/^HTTP\/1\.1 403 /);
    expect(said).to.not.match(/access-control/i);
  });

  it('says of every body that is none what is wrong with it, whatever its type is called', async () => {
    const cases: [type: string, body: string, status: number][] = [
      ['audio/wav', '', 400],
      ['audio/wav', 'R', 422],
      ['audio/wav', 'RIFF', 422],
      ['audio/wav', '\0'.repeat(5000), 422],
      ['application/json', '{"file":"a.wav"}', 422],
      ['no type at all', 'words', 422],
      ['multipart/form-data', 'words', 400],
      ['multipart/form-data; boundary=x', '--x\r\n', 400],
      ['multipart/form-data; boundary=x', '--x--', 400],
      [
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nwords\r\n--x--\r\n',
        400,
      ],
    ];
    for (const [type, body, status] of cases) {
      const response = await fetch(`${served.url}/predict`, {
        method: 'POST',
        body: Buffer.from(body, 'latin1'),
        headers: { 'Content-Type': type },
      });
      expect(response.status, `${type}: ${body.slice(0, 20)}`).to.equal(status);
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).to.be.a('string').that.is.not.empty;
    }
  });

  it('answers for the beginning of an hour, and ends its timeline after ten minutes', async () => {
    const roomy = await startServed({ models, pool }, { maxBytes: 16 * 2 ** 20 });
    const hour = hourOfSound();
    const response = await fetch(`${roomy.url}/predict?window=3&hop=150`, { method: 'POST', body: hour });
    expect(response.status).to.equal(200);
    const answer = (await response.json()) as PredictionAnswer;
    expect(answer.durationSeconds).to.equal(HOUR_SECONDS);
    expect(answer.warnings.join()).to.include('the timeline ends after 600 s');
    expect(answer.timeline!.at(-1)!.end).to.equal(600);
    const refused = await fetch(`${served.url}/predict`, { method: 'POST', body: hour });
    expect([refused.status, await refused.json()]).to.deep.equal([
      413,
      { error: { kind: 'TooLarge', message: `the request is larger than ${2 ** 20} bytes` } },
    ]);
  });

  it('closes connections that are too many, and takes others again when those have gone', async () => {
    const narrow = await startServed({ models, pool }, { connections: 2 });
    const { port, host } = new URL(narrow.url);
    const held = [1, 2].map(() => connect(Number(port), '127.0.0.1'));
    for (const socket of held) {
      socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await once(socket, 'data');
    }
    expect(await answerTo(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`, narrow)).to.equal('');
    for (const socket of held) {
      socket.end();
      await once(socket, 'close');
    }
    const open = () => new Promise((told) => narrow.server.getConnections((_, count) => told(count)));
    while ((await open()) !== 0) await soon();
    expect((await fetch(`${narrow.url}/healthz`)).status).to.equal(200);
  });
});

/** An hour of 16-bit sound: one second, again and again. */
function hourOfSound(): Buffer<ArrayBuffer> {
  const second = Buffer.from(wav16(testSignal(LOWEST_RATE), 1, LOWEST_RATE));
  const header = second.subarray(0, second.indexOf('data') + 8);
  const samples = Buffer.alloc(HOUR_SECONDS * 2 * LOWEST_RATE, second.subarray(header.length));
  header.writeUInt32LE(header.length - 8 + samples.length, 4);
  header.writeUInt32LE(samples.length, header.length - 4);
  return Buffer.concat([header, samples]);
}
