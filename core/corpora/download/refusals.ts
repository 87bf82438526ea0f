import { SerError } from '../../contracts/errors.js';
import { type Answer, withoutQuery } from './request.js';

/** Why an answer was of no use, and whether to ask again. */
export type Refusal = { error: SerError; final: boolean; waitMs?: number };

const LONGEST_WAIT_MS = 15 * 60_000;

/** What a server says instead of the bytes; undefined when it sends them. */
export async function refusalOf(answer: Answer, url: string): Promise<Refusal | undefined> {
  const { status, headers, redirected } = answer;
  const subject = withoutQuery(url);
  const isPage = /^text\/html/i.test(headers.get('content-type') ?? '');
  if (status === 200 || status === 206) {
    if (!isPage) return undefined;
    return final('BadConfig', 'answers with a web page instead of the file', subject, ACCEPT);
  }
  const words = isPage ? titleOf(await answer.text()) : '';
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(headers.get('retry-after'));
    const error = new SerError('Unreachable', `the server asks to wait (${status})`, subject, 'Try again later.');
    return { error, final: false, ...(waitMs === undefined ? {} : { waitMs }) };
  }
  if (status >= 500 || status === 408) {
    return {
      error: new SerError('Unreachable', `the server failed (${status})`, subject, 'Try again later.'),
      final: false,
    };
  }
  if ((status === 403 || status === 400 || status === 401) && redirected && !isPage) {
    const what = `the signed address is refused (${status}), it may have expired`;
    return {
      error: new SerError('Unreachable', what, subject, 'Try again; check the clock of this machine.'),
      final: false,
    };
  }
  if (status === 401 || status === 403) {
    const page = words === '' ? '' : ` and shows the page "${words}"`;
    return final('BadConfig', `the server refuses (${status})${page}`, subject, ACCEPT);
  }
  if (status === 404 || status === 410) {
    return final('BadConfig', `the server knows no such file (${status})`, subject, 'Correct the address.');
  }
  return final('BadConfig', `the server answers with status ${status}`, subject, 'Look at the address in a browser.');
}

const ACCEPT =
  'Open the address in a browser: its owners may ask you to log in or to accept their licence. For Kaggle set KAGGLE_USERNAME and KAGGLE_KEY.';

function final(kind: 'BadConfig', what: string, subject: string, remedy: string): Refusal {
  return { error: new SerError(kind, what, subject, remedy), final: true };
}

function titleOf(page: string): string {
  return (/<title[^>]*>([^<]{1,200})/i.exec(page)?.[1] ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** The header `Retry-After`: seconds, or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header.trim()) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS) : undefined;
}
