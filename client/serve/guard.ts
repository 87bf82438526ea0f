import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestError } from './requestError.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a server bound to it is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/**
 * The names that a server may be called by. A page of elsewhere can make its own name point to this machine, and then
 * its scripts speak to this server as to their own (DNS rebinding); they cannot hide the name.
 *
 * @param named beside those of the machine itself; a server open to others takes any name when none is given
 */
export function allowedHosts(host: string, named: readonly string[]): ReadonlySet<string> | undefined {
  if (isLoopback(host)) return new Set([...LOOPBACK, ...named]);
  return named.length === 0 ? undefined : new Set([...LOOPBACK, ...named]);
}

/** @throws RequestError 403 for a request by another name, or from a page of elsewhere */
export function checkOrigin({ headers }: IncomingMessage, allowed: ReadonlySet<string> | undefined): void {
  const { host = '', origin } = headers;
  if (allowed !== undefined && !allowed.has(host.replace(/:\d+$/, '').toLowerCase())) {
    throw new RequestError(403, 'Forbidden', 'this server is not called by that name');
  }
  if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host) {
    throw new RequestError(403, 'Forbidden', 'pages of elsewhere are not answered');
  }
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** What every answer tells browsers: nothing from elsewhere, in no frame, the microphone for this page alone. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}
