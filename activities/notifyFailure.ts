import { createHmac } from 'node:crypto';
import type { Activities } from '../core/contracts/activities.js';
import { messageOf, SerError } from '../core/contracts/errors.js';
import type { Dependencies } from './dependencies.js';

const PATIENCE_MS = 10_000;

/**
 * Posts an event to a webhook. The header `X-Ser-Signature` is `t=<seconds>,v1=<hex>`, the second an HMAC-SHA256 of
 * `<seconds>.<body>` by the key that both sides know, so that a receiver can refuse forgeries and old messages.
 */
export function notifyFailure({ webhookKey }: Pick<Dependencies, 'webhookKey'>): Activities['notifyFailure'] {
  return async ({ url, event }) => {
    if (webhookKey === undefined) {
      throw new SerError(
        'BadConfig',
        'the worker has no key to sign with',
        'SER_WEBHOOK_KEY',
        'Set it and restart it.',
      );
    }
    const body = JSON.stringify(event);
    const response = await post(url, body, signature(webhookKey, Math.floor(Date.now() / 1000), body));
    if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
  };
}

function signature(key: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Redirects are not followed: the event is for the one who was named. Addresses may hold secrets and are not told. */
async function post(url: string, body: string, signed: string): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', 'x-ser-signature': signed },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Error(`the webhook cannot be reached (${messageOf(error)})`, { cause: error });
  }
}
