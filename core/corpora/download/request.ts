import { messageOf, SerError } from '../../contracts/errors.js';

const MAX_REDIRECTS = 10;

export type RequestOptions = {
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** How long the server may be silent, in answering and between two pieces of an answer. */
  stallMs: number;
  signal?: AbortSignal | undefined;
};

/** An answer, and a way to read it that gives up when nothing comes. */
export type Answer = {
  status: number;
  headers: Headers;
  /** Whether another address than the one asked for answered. */
  redirected: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  text(): Promise<string>;
  /** Lets go of what was not read. */
  discard(): void;
};

/** Something that another try may mend: a connection that was reset, refused or fell silent. */
export class Interrupted extends Error {}

/**
 * Sends a request and follows redirects. Headers that may hold credentials go to the first server alone.
 *
 * @throws Interrupted when the server cannot be reached or falls silent; SerError `Cancelled` when the signal says so
 */
export async function send(url: string, options: RequestOptions): Promise<Answer> {
  const { method = 'GET', headers = {}, body, stallMs, signal } = options;
  const abort = new AbortController();
  const cancel = () => abort.abort(new SerError('Cancelled', 'the download was cancelled', withoutQuery(url)));
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const watch = stallWatch(abort, stallMs);
  const release = () => {
    watch.stop();
    signal?.removeEventListener('abort', cancel);
    abort.abort(new Interrupted('let go of'));
  };
  try {
    let address = new URL(url);
    for (let redirects = 0; ; redirects++) {
      watch.touch();
      const sameServer = address.origin === new URL(url).origin;
      const response = await fetch(address, {
        method,
        redirect: 'manual',
        signal: abort.signal,
        headers: { 'accept-encoding': 'identity', ...(sameServer ? headers : withoutCredentials(headers)) },
        ...(body === undefined ? {} : { body }),
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        return answerOf(response, redirects > 0, watch, release, abort.signal);
      }
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS)
        throw new SerError('Unreachable', 'is redirected in a circle', withoutQuery(url));
      address = new URL(location, address);
    }
  } catch (error) {
    const interruption = interruptionOf(error, abort.signal);
    release();
    throw interruption;
  }
}

function answerOf(
  response: Response,
  redirected: boolean,
  watch: StallWatch,
  release: () => void,
  signal: AbortSignal,
): Answer {
  async function* chunks(): AsyncIterable<Uint8Array> {
    try {
      if (response.body === null) return;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        watch.touch();
        yield chunk;
        watch.touch(); // the time that the disk takes is not the server's
      }
    } catch (error) {
      throw interruptionOf(error, signal);
    } finally {
      release();
    }
  }
  return {
    status: response.status,
    headers: response.headers,
    redirected,
    chunks,
    discard: release,
    async text() {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks()) parts.push(chunk);
      return Buffer.concat(parts).toString('utf8');
    },
  };
}

type StallWatch = { touch(): void; stop(): void };

function stallWatch(abort: AbortController, stallMs: number): StallWatch {
  const timer = setTimeout(() => abort.abort(new Interrupted(`nothing came for ${stallMs / 1000} s`)), stallMs);
  return { touch: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

function interruptionOf(error: unknown, signal: AbortSignal): Error {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof SerError || reason instanceof Interrupted) return reason;
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause : reason;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new Interrupted(code || messageOf(cause));
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)));
}

/** An address as it may be shown: signatures and tokens travel in queries and user parts. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
