import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect } from 'chai';
import { notifyFailure } from '../../activities/notifyFailure.js';
import type { FailureEvent } from '../../core/contracts/retraining.js';

const event: FailureEvent = {
  ...{ event: 'retraining.failed', id: 'execution', schedule: 'weekly', workflowId: 'ser-retrain-weekly-1' },
  at: '2026-03-01T02:00:00Z',
  failure: { kind: 'DataRefused', what: 'classes have vanished', subject: 'data check', remedy: 'See.' },
};

type Received = { headers: IncomingMessage['headers']; body: string };

describe('the webhook', () => {
  let server: Server;
  let url: string;
  let received: Received[];
  let answer: { status: number; headers?: Record<string, string> };

  beforeEach(async () => {
    received = [];
    answer = { status: 204 };
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(answer.status, answer.headers).end();
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`;
  });
  afterEach(() => new Promise((closed) => server.close(closed)));

  const notify = (webhookKey?: string) =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(notifyFailure({ webhookKey }), {
      url,
      event,
    });

  it('is told what failed, signed so that it can be checked', async () => {
    await notify('key');
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).to.deep.equal(event);
    const [, seconds = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-ser-signature'])) ?? [];
    expect(hex).to.equal(createHmac('sha256', 'key').update(`${seconds}.${body}`).digest('hex'));
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).to.be.lessThan(5);
  });

  it('may be told twice, one after the other or at the same time, each time under the same signed id', async () => {
    await notify('key');
    await Promise.all([notify('key'), notify('key')]);
    const ids = received.map(({ body }) => (JSON.parse(body) as FailureEvent).id);
    expect(ids).to.deep.equal(['execution', 'execution', 'execution']);
  });

  it('is told nothing without a key', async () => {
    const error: unknown = await notify().catch((thrown: unknown) => thrown);
    expect(error).to.include({ kind: 'BadConfig', subject: 'SER_WEBHOOK_KEY' });
    expect(received).to.be.empty;
  });

  it('is not followed elsewhere, and its address is not told', async () => {
    answer = { status: 302, headers: { location: '/other' } };
    const error: unknown = await notify('key').catch((thrown: unknown) => thrown);
    expect((error as Error).message)
      .to.contain('cannot be reached')
      .and.not.to.contain('secret');
    expect(received).to.have.length(1);
  });

  it('is told again later when it refuses', async () => {
    answer = { status: 500 };
    const error: unknown = await notify('key').catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.equal('the webhook answered 500');
  });
});
