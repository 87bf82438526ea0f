import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './atEnd.js';

/** A span as it arrived, with its attributes and those of its process as plain values. */
export type ReceivedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, string | number | boolean>;
  resource: Record<string, string | number | boolean>;
  events?: { name: string }[];
  status?: { code: number; message: string };
};

export type Collector = {
  /** What `--traces` takes. */
  url: string;
  spans: ReceivedSpan[];
  requests: { path: string; headers: Record<string, string | string[] | undefined> }[];
  /** Answers this from now on. */
  answer(status: number): void;
  /** Waits until a condition on the spans holds. */
  until(holds: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
};

type Pair = {
  key: string;
  value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
};
type Body = {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: { spans: (Omit<ReceivedSpan, 'attributes' | 'resource'> & { attributes: Pair[] })[] }[];
  }[];
};

/** An OpenTelemetry collector that keeps what it gets: OTLP over HTTP, as JSON. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const requests: Collector['requests'] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      if (status === 200) spans.push(...spansOf(JSON.parse(body) as Body));
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    answer: (next) => (status = next),
    async until(holds) {
      const deadline = Date.now() + 60_000;
      while (!holds(spans)) {
        if (Date.now() > deadline)
          throw new Error(`not within a minute; there are ${spans.map(({ name }) => name).join(', ')}`);
        await sleep(20);
      }
    },
  };
}

function spansOf({ resourceSpans }: Body): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

function plain(pairs: readonly Pair[]): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    pairs.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? doubleValue ?? boolValue ?? Number(intValue),
    ]),
  );
}
