import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as ask } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PredictionAnswer } from '../../../client/serve/answer.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { type RunningCommand, startSer } from '../../support/command.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';

const ADDRESS = /serving bundle at (\S+)/;

describe('ser serve, told to end', function () {
  this.timeout(120_000);
  const recording = Buffer.from(wav16(testSignal(8000), 1, 8000));
  const folder = scratchFolder();
  before(() => writeUntrainedBundle(join(folder, 'bundle')));

  /** A server with a request under way: half of its recording has arrived. */
  async function servingHalfARequest(): Promise<{
    serve: RunningCommand;
    url: string;
    request: ClientRequest;
    answered: Promise<IncomingMessage>;
  }> {
    const serve = startSer(['serve', '--model', 'bundle', '--port', '0'], { folder });
    let said = '';
    serve.child.stderr!.on('data', (text: string) => (said += text));
    await serve.says('serving bundle at');
    const url = ADDRESS.exec(said)![1]!;
    const request = ask(`${url}predict`, {
      method: 'POST',
      headers: { 'Content-Length': recording.length, Connection: 'keep-alive', Expect: '100-continue' },
    });
    const answered = once(request, 'response').then(([response]) => response as IncomingMessage);
    answered.catch(() => undefined); // where it is cut off
    request.on('error', () => undefined);
    request.flushHeaders();
    await once(request, 'continue'); // it has begun to read
    request.write(recording.subarray(0, recording.length / 2));
    return { serve, url, request, answered };
  }

  it('answers what is under way, takes nothing more, and ends with 0', async () => {
    const { serve, url, request, answered } = await servingHalfARequest();
    serve.child.kill('SIGTERM');
    await serve.says('"msg":"ending"');
    const refused = await fetch(`${url}healthz`).catch((error: Error) => error);
    expect(refused).to.be.instanceOf(TypeError); // nobody listens
    request.end(recording.subarray(recording.length / 2));
    const response = await answered;
    expect(response.statusCode).to.equal(200);
    const body = await response.setEncoding('utf8').toArray();
    expect(JSON.parse(body.join('')) as PredictionAnswer).to.have.property('emotion');
    expect(await serve.ended).to.include({ code: 0 });
  });

  it('ends at once at a second signal, of either kind', async () => {
    const { serve, answered } = await servingHalfARequest();
    serve.child.kill('SIGTERM');
    await serve.says('"msg":"ending"');
    serve.child.kill('SIGINT');
    await serve.ended;
    expect(serve.child.signalCode).to.equal('SIGINT');
    expect(await answered.catch((error: Error) => error)).to.be.instanceOf(Error);
  });
});
