import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One way to answer a request; the first that is left in the queue of its path is used, the last one for ever. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, file: ServedFile) => void;

export type ServedFile = { bytes: Buffer; etag: string };

export type UnreliableServer = {
  url: string;
  /** Body bytes handed out, by path. */
  served: Map<string, number>;
  requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  file(path: string, bytes: Buffer, behaviours?: Behaviour[]): void;
  close(): Promise<void>;
};

/** A server on loopback that behaves as badly as it is told to, and counts what it hands out. */
export async function startServer(): Promise<UnreliableServer> {
  const files = new Map<string, ServedFile & { behaviours: Behaviour[] }>();
  const served = new Map<string, number>();
  const requests: UnreliableServer['requests'] = [];
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname;
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    const behaviour = (file.behaviours.length > 1 ? file.behaviours.shift() : file.behaviours[0]) ?? serve();
    const write = response.write.bind(response) as (chunk: Buffer) => boolean;
    response.write = ((chunk: Buffer) => {
      served.set(path, (served.get(path) ?? 0) + chunk.length);
      return write(chunk);
    }) as typeof response.write;
    behaviour(request, response, file);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    requests,
    file: (path, bytes, behaviours = [serve()]) => {
      files.set(path, { bytes, etag: `"${bytes.length}-${bytes.subarray(0, 8).toString('hex')}"`, behaviours });
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export type ServeOptions = {
  /** Sends so many bytes of the answer, then does what `then` says. */
  upTo?: number;
  then?: 'reset' | 'stall';
  /** Ignores ranges, as some servers do. */
  whole?: boolean;
  headers?: Record<string, string>;
};

/** Sends the file, or the range that is asked for while the file is the same. */
export function serve({ upTo, then, whole = false, headers = {} }: ServeOptions = {}): Behaviour {
  return (request, response, { bytes, etag }) => {
    const wanted = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const start = whole || !same ? 0 : wanted;
    if (start >= bytes.length && start > 0) {
      return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    }
    const body = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      ...(whole ? {} : { etag }),
      ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
      ...headers,
    });
    response.write(body.subarray(0, upTo ?? body.length));
    if (then === undefined) response.end();
    // Late enough for the client, in the same process, to have written what it got.
    if (then === 'reset') setTimeout(() => response.destroy(), 100);
  };
}

/** Answers with a status and a text. */
export function refuse(status: number, headers: Record<string, string> = {}, text = ''): Behaviour {
  return (_request, response) => void response.writeHead(status, headers).end(text);
}

export function redirect(to: () => string): Behaviour {
  return (_request, response) => void response.writeHead(302, { location: to() }).end();
}
