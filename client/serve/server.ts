import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { ThreadPool } from '../../activities/dependencies.js';
import type { Tracer } from '../../core/tracing/tracer.js';
import { answer, requestedWindows } from './answer.js';
import { readRecording } from './body.js';
import { allowedHosts, checkOrigin, setSecurityHeaders } from './guard.js';
import { createGate, createRateLimit } from './limits.js';
import { createMetrics, type ServeMetrics } from './metrics.js';
import type { ModelSource } from './model.js';
import { openApi } from './openApi.js';
import type { PageFiles } from './pageFiles.js';
import { RequestError, requestErrorOf } from './requestError.js';
import { beginRequestSpan } from './requestSpan.js';

export type ServeOptions = {
  /** What the server is bound to, and other names that it may be called by. */
  host: string;
  names: readonly string[];
  /** Of a request's body. */
  maxBytes: number;
  /** Requests a second from one address; 0: no limit. */
  perSecond: number;
  /** Requests that may wait for a thread. */
  queue: number;
  /** How long one may be worked on, and take to arrive. */
  timeoutMs: number;
  /** Connections at a time; more are closed at once. */
  connections: number;
  /** Whether `/metrics` tells of memory and processor too. */
  processMetrics: boolean;
};

export type ServeParts = {
  models: ModelSource;
  pool: ThreadPool;
  page: PageFiles;
  log: Logger;
  /** Makes each request a span; none is made when left out. */
  tracer?: Tracer | undefined;
};

/** Probes and Prometheus come by the address of a machine or pod, where others are let in at all. */
const WATCHED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** A server without a model is to be asked again after so long; it looks for one as often. */
const RETRY_SECONDS = 3;

/** Node's own is half a minute. */
const LOOK_AT_CONNECTIONS_EVERY_MS = 1000;

type Route = {
  method: 'GET' | 'POST';
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void;
};

/** Answers by HTTP what a model says of recordings; the caller listens, and closes it. */
export function createPredictionServer(
  { models, pool, page, log, tracer }: ServeParts,
  options: ServeOptions,
): { server: Server; metrics: ServeMetrics } {
  const gate = createGate(pool.threads, options.queue);
  const rate = createRateLimit(options.perSecond);
  const metrics = createMetrics(() => gate, options.processMetrics);
  if (models.current !== undefined) metrics.showModel(models.current);
  const allowed = allowedHosts(options.host, options.names);
  const watchers = allowedHosts(options.host, []);

  async function predict(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    rate.take(request.socket.remoteAddress ?? '');
    const model = models.current;
    if (model === undefined) throw new RequestError(503, 'NoModel', models.missing, RETRY_SECONDS);
    const windows = requestedWindows(url.searchParams, model);
    const said = await gate.enter(async () => {
      const recording = await readRecording(request, options.maxBytes, options.timeoutMs);
      const deadline = AbortSignal.timeout(options.timeoutMs);
      return await answer(pool, model, recording, windows, deadline).catch((error: unknown) => {
        throw deadline.aborted
          ? new RequestError(504, 'Timeout', `it took longer than ${options.timeoutMs} ms`)
          : error;
      });
    });
    metrics.predictions.inc({ emotion: said.emotion });
    sendJson(response, 200, said);
  }

  const routes: Record<string, Route> = {
    '/predict': { method: 'POST', handle: predict },
    '/healthz': {
      method: 'GET',
      handle: (_, response) => sendJson(response, 200, { status: 'ok', ...modelFacts(models) }),
    },
    '/readyz': {
      method: 'GET',
      handle(_, response) {
        const ready = models.current !== undefined;
        sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'waiting', ...modelFacts(models) });
      },
    },
    '/metrics': {
      method: 'GET',
      async handle(_, response) {
        send(response, 200, metrics.registry.contentType, await metrics.registry.metrics());
      },
    },
    '/openapi.json': { method: 'GET', handle: (_, response) => sendJson(response, 200, openApi(options.maxBytes)) },
  };
  for (const [path, { type, bytes }] of page) {
    routes[path] = { method: 'GET', handle: (_, response) => send(response, 200, type, bytes) };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = urlOf(request);
    const path = url?.pathname ?? '';
    const route = routes[path];
    const span = tracer && beginRequestSpan(tracer, request, response, route && path);
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1000;
      const { method } = request;
      const status = response.statusCode;
      metrics.latency.observe({ route: route === undefined ? 'other' : path, status }, seconds);
      const traced = span && { traceId: span.context.traceId };
      log.info({ method, path, status, milliseconds: Math.round(1000 * seconds), ...traced }, 'request');
    });
    try {
      setSecurityHeaders(response);
      checkOrigin(request, WATCHED.has(path) ? watchers : allowed);
      if (url === undefined) throw new RequestError(400, 'BadRequest', 'the address cannot be read');
      if (route === undefined) throw new RequestError(404, 'NotFound', 'there is no such page');
      const takes = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
      if (takes.includes(request.method ?? '')) return await route.handle(request, response, url);
      response.setHeader('Allow', [...takes, 'OPTIONS'].join(', '));
      if (request.method !== 'OPTIONS') throw new RequestError(405, 'BadMethod', `it takes ${takes.join(', ')}`);
      response.writeHead(204).end();
    } catch (error) {
      if (request.destroyed && !request.complete) return; // nobody waits any more
      const told = requestErrorOf(error);
      if (told.status >= 500 && told.status !== 503) log.error({ err: error }, 'request failed');
      metrics.errors.inc({ kind: told.kind });
      if (told.status >= 500) span?.fail({ type: told.kind, message: told.message });
      refuse(request, response, told);
    }
  }

  const server = createServer(
    {
      requestTimeout: 2 * options.timeoutMs, // for what nobody reads; a recording that is late is answered
      headersTimeout: Math.min(10_000, options.timeoutMs),
      connectionsCheckingInterval: LOOK_AT_CONNECTIONS_EVERY_MS,
      keepAliveTimeout: 5000,
    },
    (request, response) => void handle(request, response),
  );
  server.maxConnections = options.connections;
  return { server, metrics };
}

/** What is told of the model that answers, or why there is none. */
function modelFacts({ current, missing }: ModelSource): object {
  if (current === undefined) return { reason: missing };
  const { name, metadata } = current;
  const { labels, trainedOn } = metadata;
  return { model: name, featureSet: metadata.featureSet.name, labels, trainedOn };
}

/** What is asked for; undefined where the request line holds no address. */
function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  const address = url.startsWith('/') ? `http://server${url}` : url; // `//` is a path here, not a host
  return URL.canParse(address, 'http://server') ? new URL(address, 'http://server') : undefined;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** An answer that comes before the whole request has: what is left of that is not waited for. */
function refuse(request: IncomingMessage, response: ServerResponse, error: RequestError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', error.retryAfterSeconds);
  if (!request.complete) response.setHeader('Connection', 'close');
  sendJson(response, error.status, { error: { kind: error.kind, message: error.message } });
}
