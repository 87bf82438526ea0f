import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUnsampled, parseTraceparent } from '../../core/contracts/traceContext.js';
import type { BegunSpan, Tracer } from '../../core/tracing/tracer.js';

/**
 * A span of a request from its head to the end of its answer, named and described as OpenTelemetry's conventions for HTTP
 * have it. It holds nothing of what was asked or said: no query, no body, no name of a file. It is part of the trace that
 * the header `traceparent` names; what is chosen there not to be kept is none.
 *
 * @param route undefined for what the server does not know
 */
export function beginRequestSpan(
  tracer: Tracer,
  { method = '', headers }: IncomingMessage,
  response: ServerResponse,
  route: string | undefined,
): BegunSpan | undefined {
  const traceparent = [headers['traceparent']].flat()[0];
  if (isUnsampled(traceparent)) return undefined;
  const span = tracer.begin(
    route === undefined ? method : `${method} ${route}`,
    'server',
    parseTraceparent(traceparent),
  );
  span.note({ 'http.request.method': method, ...(route === undefined ? {} : { 'http.route': route }) });
  response.once('close', () => {
    if (response.headersSent) span.note({ 'http.response.status_code': response.statusCode });
    else span.fail({ type: 'gone', message: 'whoever asked did not wait for the answer' });
    span.end();
  });
  return span;
}
