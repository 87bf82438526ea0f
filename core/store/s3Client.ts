import { Client } from 'minio';
import type { S3Options } from '../contracts/configuration.js';
import { SerError } from '../contracts/errors.js';
import { createTransport } from './s3Transport.js';

export const DEFAULT_REGION = 'us-east-1';

/** An object is one PUT: parts would give it another etag, no condition, and room for half an upload. */
const LARGEST_PUT = 5 * 1024 ** 3;

/**
 * A client of an S3 server; nothing is sent yet.
 *
 * @param access whether credentials are needed, or a server may be asked without, as those of public data are
 * @returns the client, and the server's address without anything secret
 * @throws SerError `BadConfig` for options that are missing or malformed
 */
export function connectS3(
  options: S3Options,
  access: 'signed' | 'any' = 'signed',
): { client: Client; endpoint: string } {
  const { endpoint, accessKey = '', secretKey = '', sessionToken, region = DEFAULT_REGION } = options;
  if (!endpoint)
    throw new SerError('BadConfig', 'no S3 server is named', 'S3_ENDPOINT', 'Set it to the address of one.');
  const isPublic = access === 'any' && accessKey === '' && secretKey === '';
  if (!isPublic && (accessKey === '' || secretKey === '')) {
    const missing = accessKey ? 'S3_SECRET_KEY' : 'S3_ACCESS_KEY';
    throw new SerError('BadConfig', 's3:// needs credentials', missing, 'Set S3_ACCESS_KEY and S3_SECRET_KEY.');
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.pathname !== '/' || url.search) {
    throw new SerError(
      'BadConfig',
      'is not of the form http(s)://host:port',
      'S3_ENDPOINT',
      'For example http://127.0.0.1:9000.',
    );
  }
  const tls = url.protocol === 'https:';
  const client = new Client({
    endPoint: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port && { port: Number(url.port) }),
    useSSL: tls,
    accessKey,
    secretKey,
    ...(sessionToken && { sessionToken }),
    region,
    partSize: LARGEST_PUT,
    retryOptions: { disableRetry: true },
    ...createTransport(tls),
  });
  client.enableSHA256 = false; // payloads are named by a checksum of their own, see `sendBody`
  return { client, endpoint: url.origin };
}
