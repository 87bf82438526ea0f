import { messageOf } from '../contracts/errors.js';
import type { Span } from './span.js';

/** Takes spans and sends them in their own time; whoever works never waits for it. */
export interface SpanExporter {
  add(span: Span): void;
  /** Sends what is left, as far as there is time for it. */
  close(): Promise<void>;
}

export type ExporterOptions = {
  url: string;
  headers: Record<string, string>;
  encode: (spans: readonly Span[]) => string;
  /** Hears once why spans do not arrive. */
  onTrouble: (reason: string) => void;
  patience?: Patience;
};

/** How long things take at most, in milliseconds. */
type Patience = {
  sendEvery: number;
  answerWithin: number;
  /** A collector that has answered is waited for at the end; */
  closeWithin: number;
  /** one that has not, hardly. */
  closeAfterTroubleWithin: number;
};

const PATIENCE: Patience = { sendEvery: 2000, answerWithin: 10_000, closeWithin: 5000, closeAfterTroubleWithin: 500 };

const SPANS_PER_REQUEST = 512;
const SPANS_KEPT = 4096;

/** Those answers that ask for another attempt. */
const LATER = [429, 502, 503, 504];

/**
 * Posts spans to a collector in batches. While it does not answer, so many are kept and the newest dropped; what it refuses
 * is dropped. Nothing is thrown.
 */
export function createExporter({
  url,
  headers,
  encode,
  onTrouble,
  patience = PATIENCE,
}: ExporterOptions): SpanExporter {
  const kept: Span[] = [];
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let troubled = false;
  let told = false;

  function trouble(reason: string): void {
    troubled = true;
    if (told) return;
    told = true;
    onTrouble(reason);
  }

  /** Says whether the batch is done with, for better or worse. */
  async function post(batch: readonly Span[]): Promise<boolean> {
    // Not AbortSignal.any: what it makes of a signal that lives long, that signal remembers for good.
    const request = new AbortController();
    const giveUp = () => request.abort(closing.signal.reason);
    const late = new Error(`it does not answer within ${patience.answerWithin} ms`);
    const limit = setTimeout(() => request.abort(late), patience.answerWithin).unref();
    closing.signal.addEventListener('abort', giveUp);
    try {
      closing.signal.throwIfAborted();
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'error', // headers may hold credentials, which are for the one who was named
        headers: { 'content-type': 'application/json', ...headers },
        body: encode(batch),
        signal: request.signal,
      });
      await answer.arrayBuffer(); // leaves the connection to the next batch
      if (answer.ok) troubled = false;
      else trouble(`it answers ${answer.status} ${answer.statusText}`.trim());
      return !LATER.includes(answer.status);
    } catch (error) {
      trouble(reasonOf(error));
      return false;
    } finally {
      clearTimeout(limit);
      closing.signal.removeEventListener('abort', giveUp);
    }
  }

  async function sendAll(): Promise<void> {
    while (kept.length > 0) {
      const batch = kept.slice(0, SPANS_PER_REQUEST);
      if (!(await post(batch))) return;
      kept.splice(0, batch.length);
    }
  }

  function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
      if (kept.length > 0) sendSoon();
    });
    return sending;
  }

  function sendSoon(): void {
    if (!closing.signal.aborted) timer ??= setTimeout(() => void send(), patience.sendEvery).unref();
  }

  return {
    add(span) {
      if (kept.length < SPANS_KEPT) kept.push(span);
      sendSoon();
    },
    async close() {
      const withinMs = troubled ? patience.closeAfterTroubleWithin : patience.closeWithin;
      const limit = setTimeout(() => closing.abort(new Error(`it does not answer within ${withinMs} ms`)), withinMs);
      await sending;
      await send();
      clearTimeout(limit);
      closing.abort();
      clearTimeout(timer);
    },
  };
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return messageOf(cause) || code;
}
