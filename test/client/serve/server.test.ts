import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { predict } from '../../../client/commands/predict.js';
import { createContext } from '../../../client/context.js';
import { openModel } from '../../../client/models.js';
import type { Prediction } from '../../../client/predict/prediction.js';
import type { PredictionAnswer } from '../../../client/serve/answer.js';
import { fixedModel, type ModelSource, servedModel } from '../../../client/serve/model.js';
import { openStore } from '../../../core/store/open.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { createInlinePool, type InlinePool } from '../../durability/stagesInProcess.js';
import { scratchFolder } from '../../support/folders.js';
import { createGate } from '../../support/gate.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';
import { type Served, startServed } from './servedFolder.js';

const RATE = 8000;
type Body = string | Uint8Array<ArrayBuffer> | FormData;
type Refusal = { error: { kind: string; message: string } };

describe('ser serve', () => {
  let folder: string;
  let models: ModelSource;
  let pool: InlinePool;
  let served: Served;
  const long = new Uint8Array(wav16(testSignal(5 * RATE), 1, RATE));

  const context = () => createContext({ quiet: true }, { environment: {}, workingFolder: folder });

  before(async () => {
    folder = scratchFolder();
    mkdirSync(join(folder, '.ser'));
    writeUntrainedBundle(join(folder, 'bundle'));
    writeFileSync(join(folder, 'long.wav'), long);
    models = fixedModel(servedModel('bundle', await openModel('bundle', context())));
    pool = createInlinePool(await openStore({ url: join(folder, 'store') }));
    served = await startServed({ models, pool });
  });

  const post = (path: string, body: Body, headers: Record<string, string> = {}) =>
    fetch(served.url + path, { method: 'POST', body, headers });
  const bodyOf = async <T>(response: Response) => (await response.json()) as T;

  /** What the command says of the same recording. */
  async function plain(options: { window?: string; hop?: string } = {}): Promise<Prediction[]> {
    const own = context();
    let printed = '';
    own.terminal.write = (text) => void (printed += text);
    await predict({ model: 'bundle', output: 'json', ...options }, own, ['long.wav']);
    return JSON.parse(printed) as Prediction[];
  }

  it('says of a recording what the command says', async () => {
    const response = await post('/predict', long);
    expect(response.status).to.equal(200);
    const [row] = await plain();
    if (row === undefined || 'error' in row) throw new Error('expected an answer');
    const { emotion, probability, probabilities, durationSeconds, warnings } = row;
    const expected = { emotion, probability, probabilities, durationSeconds, warnings, model: 'bundle' };
    expect(await bodyOf(response)).to.deep.equal(expected);
  });

  it('takes the file of a form as well', async () => {
    const form = new FormData();
    form.append('note', 'of no use');
    form.append('file', new Blob([long]), 'long.wav');
    const answer = await bodyOf<PredictionAnswer>(await post('/predict', form));
    expect(answer).to.deep.equal(await bodyOf(await post('/predict', long)));
  });

  it('gives a timeline for windows, the same as the command', async () => {
    const { timeline } = await bodyOf<PredictionAnswer>(await post('/predict?window=3&hop=1', long));
    const rows = await plain({ window: '3', hop: '1' });
    expect(timeline).to.have.length(rows.length);
    for (const [index, row] of rows.entries()) {
      if ('error' in row) throw new Error(row.error);
      const { start, end, emotion, probability, probabilities } = row;
      expect(timeline![index]).to.deep.equal({ start, end, emotion, probability, probabilities });
    }
  });

  it('refuses what is no recording, empty, or asked for in windows that make no sense', async () => {
    const cases: [path: string, body: Body, status: number, kind: string, words: RegExp][] = [
      ['/predict', 'these are words', 422, 'BadInput', /not a recording but a text file/],
      ['/predict', '', 400, 'BadRequest', /no recording/],
      ['/predict', new FormData(), 400, 'BadRequest', /form/],
      ['/predict?window=99', long, 400, 'BadRequest', /--window/],
      ['/predict?hop=1', long, 400, 'BadRequest', /--window only/],
      ['/predict?window=3&hop=0.02', long, 400, 'BadRequest', /at least 0.1/],
    ];
    for (const [path, body, status, kind, words] of cases) {
      const response = await post(path, body);
      expect(response.status, path).to.equal(status);
      const { error } = await bodyOf<Refusal>(response);
      expect(error.kind).to.equal(kind);
      expect(error.message).to.match(words);
    }
  });

  it('knows its pages and methods', async () => {
    expect((await fetch(`${served.url}/nowhere`)).status).to.equal(404);
    const wrong = await fetch(`${served.url}/predict`);
    expect([wrong.status, wrong.headers.get('allow')]).to.deep.equal([405, 'POST, OPTIONS']);
    expect((await fetch(`${served.url}/healthz`, { method: 'HEAD' })).status).to.equal(200);
  });

  it('refuses bodies over the limit, told or not', async () => {
    const large = new Uint8Array(2 ** 20 + 1);
    expect((await post('/predict', large)).status).to.equal(413);
    const untold = await new Promise<number>((resolve, reject) => {
      const request = ask(`${served.url}/predict`, { method: 'POST' }, (response) => resolve(response.statusCode!));
      request.on('error', reject);
      request.write(large.subarray(0, 2 ** 19));
      request.write(large);
    });
    expect(untold).to.equal(413);
  });

  it('answers only to its own names, and to pages of its own', async () => {
    const status = (headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        const request = ask(`${served.url}/healthz`, { headers }, (response) => resolve(response.statusCode!));
        request.end();
      });
    const { host } = new URL(served.url);
    expect(await status({ Host: 'evil.example' })).to.equal(403);
    expect(await status({ Host: `evil.example:${new URL(served.url).port}` })).to.equal(403);
    expect(await status({ Host: host, Origin: 'http://evil.example' })).to.equal(403);
    expect(await status({ Host: host, Origin: 'null' })).to.equal(403);
    expect(await status({ Host: host, Origin: served.url })).to.equal(200);
    expect(await status({ Host: `localhost:${new URL(served.url).port}` })).to.equal(200);
  });

  it('open to others, is watched by any address, and asked by its names alone', async () => {
    const open = await startServed({ models, pool }, { host: '0.0.0.0', names: ['ser-serve'] });
    const status = (path: string, name: string) =>
      new Promise<number>((resolve) => {
        ask(open.url + path, { headers: { Host: name } }, (response) => resolve(response.statusCode!)).end();
      });
    for (const path of ['/healthz', '/metrics']) expect(await status(path, '10.1.2.3:8787'), path).to.equal(200);
    for (const path of ['/', '/predict', '/openapi.json']) {
      expect(await status(path, '10.1.2.3:8787'), path).to.equal(403);
    }
    expect(await status('/', 'ser-serve:8787')).to.equal(200);
  });

  it('lets no page frame it and nothing come from elsewhere', async () => {
    for (const path of ['/', '/predict', '/nowhere']) {
      const { headers } = await fetch(served.url + path);
      expect(headers.get('content-security-policy')).to.match(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
    }
  });

  it('slows down an address that asks too often, and says when to come back', async () => {
    const slow = await startServed({ models, pool }, { perSecond: 2 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => fetch(`${slow.url}/predict`, { method: 'POST', body: long })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).to.have.length.within(3, 4); // four at once; some time may pass meanwhile
    expect(Number(refused[0]!.headers.get('retry-after'))).to.be.at.least(1);
  });

  it('takes as many at a time as may wait, refuses the others, and tells its depth', async () => {
    const held = createGate();
    const entered = createGate();
    let inside = 0;
    const holding: InlinePool = {
      ...pool,
      threads: 1,
      run: (async (...job: Parameters<InlinePool['run']>) => {
        inside += 1;
        if (inside === 3) entered.open();
        await held.opened;
        return pool.run(...job);
      }) as InlinePool['run'],
    };
    const busy = await startServed({ models, pool: holding }, { queue: 2 });
    const waiting = Array.from({ length: 3 }, () => fetch(`${busy.url}/predict`, { method: 'POST', body: long }));
    await entered.opened;
    const refused = await fetch(`${busy.url}/predict`, { method: 'POST', body: long });
    const metrics = await (await fetch(`${busy.url}/metrics`)).text();
    held.open();
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(metrics)
      .to.match(/^ser_serve_queue_depth 2$/m)
      .and.to.match(/^ser_serve_running 1$/m);
    expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal([200, 200, 200]);
  });

  it('gives up on what takes too long', async () => {
    const stuck: InlinePool = {
      ...pool,
      run: (_name, _input, options) =>
        new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('ended')))),
    };
    const hasty = await startServed({ models, pool: stuck }, { timeoutMs: 50 });
    const response = await fetch(`${hasty.url}/predict`, { method: 'POST', body: long });
    expect(response.status).to.equal(504);
  });

  it('lives without a model, says why it is not ready, and answers as soon as there is one', async () => {
    const waiting = { ...models, current: undefined as ModelSource['current'], missing: 'there is no champion yet' };
    const { url } = await startServed({ models: waiting, pool });
    const status = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, await response.json()];
    };
    expect(await status('/healthz')).to.deep.equal([200, { status: 'ok', reason: waiting.missing }]);
    expect(await status('/readyz')).to.deep.equal([503, { status: 'waiting', reason: waiting.missing }]);
    const refused = await fetch(`${url}/predict`, { method: 'POST', body: long });
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '3']);
    expect(await bodyOf(refused)).to.deep.equal({ error: { kind: 'NoModel', message: waiting.missing } });
    expect(await (await fetch(`${url}/metrics`)).text()).not.to.include('ser_serve_model_info{');

    waiting.current = models.current;
    expect((await status('/readyz'))[0]).to.equal(200);
    expect((await fetch(`${url}/predict`, { method: 'POST', body: long })).status).to.equal(200);
  });

  it('keeps a fault of its own to itself', async () => {
    const broken: InlinePool = { ...pool, run: () => Promise.reject(new Error('secret of the machine')) };
    const faulty = await startServed({ models, pool: broken });
    const response = await fetch(`${faulty.url}/predict`, { method: 'POST', body: long });
    expect(response.status).to.equal(500);
    expect(await response.text()).not.to.include('secret');
    expect(faulty.lines.join('')).to.include('secret of the machine');
  });

  it('counts predictions, errors and time for Prometheus, and logs each request as a line of JSON', async () => {
    const own = await startServed({ models, pool });
    await fetch(`${own.url}/predict`, { method: 'POST', body: long }).then((response) => response.text());
    await fetch(`${own.url}/predict`, { method: 'POST', body: 'words' }).then((response) => response.text());
    const text = await (await fetch(`${own.url}/metrics`)).text();
    expect(text).to.match(/^ser_serve_predictions_total\{emotion="\w+"\} 1$/m);
    expect(text).to.match(/^ser_serve_errors_total\{kind="BadInput"\} 1$/m);
    expect(text).to.match(/^ser_serve_model_info\{model="bundle",feature_set="librosa195"\} 1$/m);
    expect(text).to.match(/^ser_serve_request_seconds_count\{route="\/predict",status="200"\} 1$/m);
    const lines = own.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).to.include({ method: 'POST', path: '/predict', status: 200 });
  });

  it('describes every path that it answers', async () => {
    const description = await bodyOf<{ openapi: string; paths: Record<string, object> }>(
      await fetch(`${served.url}/openapi.json`),
    );
    expect(description.openapi).to.match(/^3\.1/);
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const method of Object.keys(methods)) {
        const { status } = await fetch(served.url + path, { method: method.toUpperCase() });
        expect(status, `${method} ${path}`).not.to.be.oneOf([404, 405]);
      }
    }
  });

  it('has every file that its page asks for', async () => {
    const page = await (await fetch(served.url)).text();
    const files = [...page.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(files).to.include.members(['/page.css', '/page.js']);
    for (const path of files) expect((await fetch(served.url + path)).status, path).to.equal(200);
    expect(existsSync(new URL('../../../client/serve/page/page.js', import.meta.url))).to.equal(true);
    expect(readFileSync(new URL('../../../client/serve/page/page.css', import.meta.url), 'utf8')).not.to.match(
      /https?:/,
    );
  });
});
