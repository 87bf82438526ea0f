import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createPredictionServer, type ServeOptions, type ServeParts } from '../../../client/serve/server.js';
import { loadPage } from '../../../client/serve/pageFiles.js';
import { atEnd } from '../../support/atEnd.js';

export type Served = ReturnType<typeof createPredictionServer> & { server: Server; url: string; lines: string[] };

/** A server on a free port of this machine, closed when all tests are over. */
export async function startServed(
  parts: Pick<ServeParts, 'models' | 'pool' | 'tracer'>,
  options: Partial<ServeOptions> = {},
): Promise<Served> {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const created = createPredictionServer(
    { ...parts, log, page: await loadPage() },
    {
      host: '127.0.0.1',
      names: [],
      maxBytes: 2 ** 20,
      perSecond: 0,
      queue: 8,
      timeoutMs: 20_000,
      connections: 64,
      processMetrics: false,
      ...options,
    },
  );
  const { server } = created;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...created, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines };
}
