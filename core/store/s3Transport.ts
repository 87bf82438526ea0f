import http from 'node:http';
import https from 'node:https';

const TIMEOUTS = { connectMs: 5_000, idleMs: 30_000 };
const MAX_CONNECTIONS = 64;

/** The statuses by which a server asks to be tried again later. */
const BUSY = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/** An answer without content: the server is there but cannot serve just now. */
export class ServerBusy extends Error {
  constructor(readonly status: number) {
    super(`HTTP status ${status}`);
  }
}

/** A connection that could not be made for too long. */
class NotConnected extends Error {}

/** A connection on which nothing moved for too long. */
export class Stalled extends Error {}

/** What the MinIO client makes its requests with. */
export type S3Transport = { transport: Pick<typeof http, 'request'>; transportAgent: http.Agent };

/**
 * HTTP for the MinIO client, which sets no time-outs of its own, retries with words on the console and leaves the bodies of
 * refused requests unread. Connections are kept alive and used again: a corpus is thousands of small objects.
 *
 * Requests end with `NotConnected` or `Stalled` when there is no connection or not one byte for too long (5 s and 30 s by
 * default), and with `ServerBusy` for statuses that ask for another try.
 */
export function createTransport(tls: boolean, { connectMs, idleMs } = TIMEOUTS): S3Transport {
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, maxFreeSockets: MAX_CONNECTIONS };
  const transportAgent = tls ? new https.Agent(agentOptions) : new http.Agent(agentOptions);

  const request = (options: https.RequestOptions, onResponse?: (response: http.IncomingMessage) => void) => {
    const sent = (tls ? https : http).request(options, (response) => {
      if (BUSY.has(response.statusCode ?? 0)) {
        response.resume();
        sent.emit('error', new ServerBusy(response.statusCode ?? 0));
      } else {
        onResponse?.(response);
      }
    });
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      const giveUp = () => sent.destroy(new NotConnected(`no connection within ${connectMs} ms`));
      const timer = setTimeout(giveUp, connectMs);
      socket.once(tls ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      sent.once('close', () => clearTimeout(timer));
    });
    sent.setTimeout(idleMs, () => {
      sent.destroy(new Stalled(`nothing received for ${idleMs} ms`));
    });
    return sent;
  };
  return { transport: { request: request as typeof http.request }, transportAgent };
}
