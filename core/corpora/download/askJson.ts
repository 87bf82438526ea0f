import { setTimeout as sleep } from 'node:timers/promises';
import { SerError } from '../../contracts/errors.js';
import type { RemoteAccess } from './access.js';
import { refusalOf } from './refusals.js';
import { Interrupted, send, withoutQuery } from './request.js';

type JsonRequest = { method?: 'GET' | 'POST'; headers: Record<string, string>; body?: string };

const TRIES = 5;
const STALL_MS = 30_000;
const PAUSE_MS = 1000;

/**
 * A small JSON answer; asked for again while the server is away or busy.
 *
 * @throws SerError as `download` does
 */
export async function askJson<T>(url: string, request: JsonRequest, access: RemoteAccess): Promise<T> {
  const { stallMs = STALL_MS, pauseMs = PAUSE_MS, signal } = access;
  for (let tries = 1; ; tries++) {
    const { error, final, waitMs, text } = await ask(url, { ...request, stallMs, signal });
    if (error === undefined) return parse<T>(text ?? '', url);
    if (final === true || tries === TRIES) throw error;
    await sleep(waitMs ?? pauseMs * 2 ** (tries - 1));
  }
}

type Asked = { text?: string; error?: SerError; final?: boolean; waitMs?: number };

async function ask(url: string, options: Parameters<typeof send>[1]): Promise<Asked> {
  try {
    const answer = await send(url, options);
    try {
      return (await refusalOf(answer, url)) ?? { text: await answer.text() };
    } finally {
      answer.discard();
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const what = `the server does not answer (${error.message})`;
    return { error: new SerError('Unreachable', what, withoutQuery(url), 'Check the network.') };
  }
}

function parse<T>(text: string, url: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new SerError('Unreachable', 'answers with something else than JSON', withoutQuery(url), 'Try again later.');
  }
}
