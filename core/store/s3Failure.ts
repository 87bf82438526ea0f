import { S3Error } from 'minio';
import { setTimeout as delay } from 'node:timers/promises';
import { SerError, messageOf, type ErrorKind } from '../contracts/errors.js';
import { ServerBusy, Stalled } from './s3Transport.js';
import { codeOf } from './systemCode.js';

const CREDENTIALS = 'Check S3_ACCESS_KEY and S3_SECRET_KEY (and S3_SESSION_TOKEN, if they are temporary).';
const REGION = 'Set S3_REGION to the region of the bucket, and S3_ENDPOINT to its server.';

const CAUSES: Record<string, readonly [kind: ErrorKind, what: string, remedy: string]> = {
  InvalidAccessKeyId: ['BadConfig', 'the server does not know the access key', CREDENTIALS],
  SignatureDoesNotMatch: ['BadConfig', 'the secret key is not that of the access key', CREDENTIALS],
  InvalidToken: ['BadConfig', 'the session token is not valid', CREDENTIALS],
  InvalidTokenId: ['BadConfig', 'the session token is not valid', CREDENTIALS],
  ExpiredToken: ['BadConfig', 'the session token has expired', CREDENTIALS],
  NoSuchBucket: ['BadConfig', 'the bucket does not exist', 'Create it, or correct SER_STORE.'],
  InvalidBucketName: ['BadConfig', 'the server does not take the name of the bucket', 'Correct SER_STORE.'],
  AuthorizationHeaderMalformed: ['BadConfig', 'the bucket lies in another region', REGION],
  PermanentRedirect: ['BadConfig', 'the bucket lies in another region', REGION],
  MovedPermanently: ['BadConfig', 'the bucket lies in another region', REGION],
  AccessDenied: [
    'StoreUnavailable',
    'the server denies access',
    'Give these credentials s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject on the bucket.',
  ],
  XMinioStorageFull: ['StoreUnavailable', 'the disk of the server is full', 'Free some space there.'],
  RequestTimeTooSkewed: [
    'StoreUnavailable',
    'the clocks of server and client differ',
    'Set the clock of this machine.',
  ],
};

/** What Node calls a certificate that it does not take. */
const CERTIFICATE = /CERT|UNABLE_TO_(VERIFY|GET)_/;

/** The S3 error code of a failed request; empty for other failures. */
export function s3CodeOf(error: unknown): string {
  return error instanceof S3Error ? (error.code ?? '') : '';
}

/**
 * A failed request as SerError. The server's own words are left out, since they can quote credentials.
 *
 * @param subject endpoint and object concerned
 */
export function s3Failure(error: unknown, subject: string): SerError {
  if (error instanceof SerError) return error;
  const code = s3CodeOf(error);
  const known = CAUSES[code];
  if (known) return new SerError(known[0], `${known[1]} (${code})`, subject, known[2]);
  if (code !== '') return new SerError('StoreUnavailable', `the server refused (${code})`, subject, 'See its log.');
  if (error instanceof CorruptAnswer) {
    return new SerError('StoreUnavailable', error.message, subject, 'Check the network and the disks of the server.');
  }
  if (CERTIFICATE.test(codeOf(error))) {
    const remedy =
      'Name a certificate authority of your own by NODE_EXTRA_CA_CERTS, and the server as its certificate does.';
    return new SerError(
      'StoreUnavailable',
      `the server's certificate is not trusted (${codeOf(error)})`,
      subject,
      remedy,
    );
  }
  const what = error instanceof ServerBusy ? 'the object store cannot serve now' : 'the object store does not answer';
  const remedy = 'Check that the server runs and that S3_ENDPOINT names it.';
  return new SerError('StoreUnavailable', `${what} (${codeOf(error) || messageOf(error)})`, subject, remedy);
}

/** What a server that is there may say or do to one request and not to the next. */
const PASSING = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
  'ECONNRESET',
  'EPIPE',
]);

function isPassing(error: unknown): boolean {
  return error instanceof ServerBusy || error instanceof CorruptAnswer || PASSING.has(s3CodeOf(error) || codeOf(error));
}

/** An answer whose bytes are not those that the server says it sent. */
export class CorruptAnswer extends Error {}

/** A stage may write forty objects: what befalls one request in four must not befall a whole stage again and again. */
const PAUSES_MS = [50, 200, 600];

/**
 * Sends a request up to four times while it fails in a way that may pass. One that stalled is sent once more, by another
 * connection, since each time costs half a minute; a server that is away is not waited for: the workflow does that.
 *
 * @param send gets the number of tries before this one
 */
export async function withRetries<T>(send: (triesBefore: number) => Promise<T>): Promise<T> {
  let stalls = 0;
  for (let tries = 0; ; tries++) {
    try {
      return await send(tries);
    } catch (error) {
      const pause = PAUSES_MS[tries];
      const passing = error instanceof Stalled ? stalls++ === 0 : isPassing(error);
      if (pause === undefined || !passing) throw error;
      await delay(pause * (1 + Math.random()));
    }
  }
}
