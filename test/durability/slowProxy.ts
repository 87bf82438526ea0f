import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that each request for an object waits. */
export type Delays = { readMs: number; writeMs: number };

/** The most that was under way at one time since the delays were set. */
export type Load = { recordingsRead: number; shardsWritten: number };

/** A proxy between a store and its server that keeps requests waiting and counts those that wait. */
export type SlowProxy = {
  endpoint: string;
  /** From now on; counts begin anew. */
  delay(delays: Delays): void;
  mostAtOnce(): Load;
  close(): Promise<void>;
};

/** @param upstream the address of the real server */
export async function startSlowProxy(upstream: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(upstream);
  const agent = new http.Agent({ keepAlive: true });
  const reads = createGauge();
  const writes = createGauge();
  let delays: Delays = { readMs: 0, writeMs: 0 };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers, url = '' } = request;
    const recording = method === 'GET' ? /\/audio\/[^?]+$/.exec(url)?.[0] : undefined;
    const shard = method === 'PUT' ? /\/features\/[^/]+\/[^/]+/.exec(url)?.[0] : undefined;
    if (recording !== undefined) reads.begin(recording, response);
    if (shard !== undefined) writes.begin(shard, response);
    const delayMs = recording !== undefined ? delays.readMs : shard !== undefined ? delays.writeMs : 0;
    if (delayMs > 0) await sleep(delayMs);
    const sent = http.request({ hostname, port, agent, method, path: url, headers, setHost: false });
    request.pipe(sent);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  }

  const server = http.createServer((request, response) => {
    serve(request, response).catch(() => response.socket?.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay(wanted) {
      delays = wanted;
      reads.reset();
      writes.reset();
    },
    mostAtOnce: () => ({ recordingsRead: reads.most(), shardsWritten: writes.most() }),
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

/** Counts how many different names are under way at one time. */
function createGauge() {
  const underWay = new Map<ServerResponse, string>();
  let most = 0;
  return {
    begin(name: string, response: ServerResponse): void {
      underWay.set(response, name);
      most = Math.max(most, new Set(underWay.values()).size);
      response.once('close', () => underWay.delete(response));
    },
    reset(): void {
      most = 0;
    },
    most: () => most,
  };
}
