import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates.js';

/** What stands before a server that speaks plain HTTP/2, as the front of Temporal Cloud does. */
export type TlsProxy = {
  /** `localhost:PORT`. */
  address: string;
  /** The `authorization` headers that came, and from which kind of client. */
  seen: { authorization: string; agent: string }[];
  close(): Promise<void>;
};

/** Takes TLS off calls that bring a certificate of our authority and, where one is wanted, the API key, and hands them on. */
export async function startTlsProxy(
  upstream: string,
  { authority, server: { certificate, key } }: Certificates,
  apiKey: string,
): Promise<TlsProxy> {
  const session = connect(`http://${upstream}`);
  const seen: TlsProxy['seen'] = [];
  const server = createSecureServer({
    ca: readFileSync(authority),
    cert: readFileSync(certificate),
    key: readFileSync(key),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('stream', (stream, headers) => {
    seen.push({ authorization: headers.authorization ?? '', agent: headers['user-agent'] ?? '' });
    stream.on('error', () => undefined);
    if (headers.authorization === `Bearer ${apiKey}`) forward(stream, headers);
    else
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' }, { endStream: true });
  });
  server.on('sessionError', () => undefined);
  server.on('tlsClientError', () => undefined);

  function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const call = session.request({ ...headers, ':authority': upstream, ':scheme': 'http' });
    let trailers: IncomingHttpHeaders = {};
    call.on('response', (answer, flags) => {
      const endStream = (flags & 1) !== 0;
      stream.respond(answer, { endStream, waitForTrailers: !endStream });
      if (!endStream) call.pipe(stream);
    });
    call.on('trailers', (sent: IncomingHttpHeaders) => {
      trailers = sent;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.on('close', () => call.close());
    call.on('error', () => stream.close());
    stream.pipe(call);
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (one) => sessions.add(one));
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((done) => {
        for (const one of sessions) one.destroy();
        session.destroy();
        server.close(() => done());
      }),
  };
}
