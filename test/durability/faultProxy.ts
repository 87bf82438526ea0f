import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request and what becomes of it. */
type Exchange = {
  request: IncomingMessage;
  body: Buffer;
  response: ServerResponse;
  /** Asks the real server. */
  forward: (body: Buffer) => Promise<Answer>;
};

type Answer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };

/** What can befall a request; `strike` says whether it did any harm. */
type Fault = { befalls(request: IncomingMessage): boolean; strike(exchange: Exchange): Promise<boolean> };

const LATENCY_MS = 200;
const SLOW_PIECES = 8;
const SLOW_PAUSE_MS = 60;

const anything = () => true;
const isObjectRead = ({ method, url }: IncomingMessage) => method === 'GET' && url?.includes('?') === false;
const isWrite = ({ method, url }: IncomingMessage) => method === 'PUT' && url?.split('/').length !== 2;

/** A fault of an answer that has a body: others go through as they are. */
function ofAnswers(spoil: (answer: Answer, exchange: Exchange) => Promise<void> | void): Fault {
  return {
    befalls: isObjectRead,
    async strike(exchange) {
      const answer = await exchange.forward(exchange.body);
      const spoilt = answer.status === 200 && answer.body.length > 1;
      await (spoilt ? spoil(answer, exchange) : send(answer, exchange.response));
      return spoilt;
    },
  };
}

/** A fault of the connection, whatever is asked. */
function ofConnections(strike: (exchange: Exchange) => Promise<void> | void): Fault {
  return {
    befalls: anything,
    async strike(exchange) {
      await strike(exchange);
      return true;
    },
  };
}

/** Every fault of a network and a server that a store must survive. Altered bytes are those of objects: listings have no checksum. */
export const FAULTS = {
  latency: ofConnections(async ({ body, response, forward }) => {
    await sleep(LATENCY_MS);
    send(await forward(body), response);
  }),
  '503 without asking the server': ofConnections(({ response }) => void response.writeHead(503).end()),
  'reset before the answer, the request done': ofConnections(async ({ body, response, forward }) => {
    await forward(body);
    response.socket?.resetAndDestroy();
  }),
  'reset amid the body': ofAnswers(async (answer, { response }) => {
    await sendHalf(answer, response);
    response.socket?.resetAndDestroy();
  }),
  'body that ends early': ofAnswers(async (answer, { response }) => {
    await sendHalf(answer, response);
    response.socket?.end();
  }),
  'body cut short, its length too': ofAnswers(({ status, headers, body }, { response }) => {
    const half = body.subarray(0, body.length >> 1);
    send({ status, headers: { ...headers, 'content-length': `${half.length}` }, body: half }, response);
  }),
  'byte altered on its way from the store': ofAnswers((answer, { response }) => {
    send({ ...answer, body: altered(answer.body) }, response);
  }),
  'byte altered on its way to the store': {
    befalls: isWrite,
    async strike({ body, response, forward }) {
      send(await forward(altered(body)), response);
      return body.length > 0;
    },
  },
  'slow reads': ofAnswers(async ({ status, headers, body }, { response }) => {
    response.writeHead(status, headers);
    const piece = Math.ceil(body.length / SLOW_PIECES);
    for (let start = 0; start < body.length; start += piece) {
      response.write(body.subarray(start, start + piece));
      await sleep(SLOW_PAUSE_MS);
    }
    response.end();
  }),
  'body that stops and never goes on': ofAnswers((answer, { response }) => sendHalf(answer, response)),
  'black hole': ofConnections(() => undefined),
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** A proxy between a store and its server that harms some of the requests. */
export type FaultProxy = {
  endpoint: string;
  /** From now on a fault befalls every `nth` request that it can befall, so many times at most. */
  inflict(fault: FaultName, nth: number, atMost?: number): void;
  /** Ends the faults; says how many times they struck. */
  relent(): number;
  close(): Promise<void>;
};

/** @param upstream the address of the real server */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const agent = new http.Agent({ keepAlive: true });
  let fault: Fault | undefined;
  let nth = 1;
  let left = 0;
  let asked = 0;
  let struck = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const exchange = { request, body, response, forward: (sent: Buffer) => ask(upstream, agent, request, sent) };
    if (fault?.befalls(request) === true && left > 0 && asked++ % nth === 0) {
      left -= 1;
      const harmed = await fault.strike(exchange);
      if (harmed) struck += 1;
      else left += 1;
    } else {
      send(await exchange.forward(body), response);
    }
  }

  const server = http.createServer((request, response) => {
    serve(request, response).catch(() => response.socket?.destroy()); // the server is away, or the client has left
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inflict(name, every, atMost = Infinity) {
      [fault, nth, left, asked, struck] = [FAULTS[name], every, atMost, 0, 0];
    },
    relent() {
      fault = undefined;
      return struck;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

/** The host that the client named is signed, so it is handed on. */
async function ask(upstream: string, agent: http.Agent, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(upstream);
  const { method, url, headers } = request;
  const sent = http.request({ hostname, port, agent, method, path: url, headers, setHost: false }).end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await bytesOf(answer) };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, headers).end(body);
}

/** The head of an answer and half of its body, once that is on its way. */
function sendHalf({ status, headers, body }: Answer, response: ServerResponse): Promise<void> {
  return new Promise((sent) =>
    response.writeHead(status, headers).write(body.subarray(0, body.length >> 1), () => sent()),
  );
}

/** The same bytes but for one bit in the middle. */
function altered(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  if (copy.length > 0) copy[copy.length >> 1]! ^= 1;
  return copy;
}
