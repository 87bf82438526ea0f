import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SerError } from '../../contracts/errors.js';
import { withFileLock } from './fileLock.js';
import { refusalOf, type Refusal } from './refusals.js';
import { type Answer, Interrupted, send, withoutQuery } from './request.js';

/** One file to fetch. */
export type Wanted = {
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** What is published of it; each that is known is checked. */
  sizeBytes?: number;
  checksum?: { algorithm: 'md5' | 'sha256'; hex: string };
};

export type DownloadOptions = {
  signal?: AbortSignal | undefined;
  /** `note` says why nothing comes just now. */
  onProgress?: ((progress: { bytes: number; totalBytes?: number; note?: string }) => void) | undefined;
  /** How long a server may be silent before the connection is given up. */
  stallMs?: number;
  /** The pause after the first failure; doubled by each one that follows without a byte in between. */
  pauseMs?: number;
};

const FAILURES_WITHOUT_PROGRESS = 6;
const STALL_MS = 30_000;
const PAUSE_MS = 1000;

/**
 * Fetches a file to disk. What arrived stays in `<target>.part`, so that whoever calls next, after whatever ended this one,
 * goes on at the byte. A file that stands is not asked for again. Connections that break or fall silent are made anew, from
 * the address that was given, so that signed addresses behind it are fresh; a file that changed in between (by its ETag or
 * date) begins anew.
 *
 * @throws SerError `Unreachable` when the server stays away, `BadConfig` when it wants credentials or knows no such file,
 *   `DataRefused` for bytes that are not those published, `StoreUnavailable` for a disk that does not take them
 */
export async function download(wanted: Wanted, target: string, options: DownloadOptions = {}): Promise<void> {
  try {
    if (await sizeOf(target)) return;
    await mkdir(dirname(target), { recursive: true });
    await withFileLock(`${target}.lock`, options.signal, async () => {
      if (await sizeOf(target)) return;
      await fetchPart(wanted, `${target}.part`, options);
      await checkPart(wanted, `${target}.part`);
      await rename(`${target}.part`, target);
      await rm(stateFile(`${target}.part`), { force: true });
    });
  } catch (error) {
    throw diskFailure(error, target);
  }
}

/** What is known of a file that is half there. */
type PartState = { validator?: string; totalBytes?: number };

async function fetchPart(wanted: Wanted, part: string, options: DownloadOptions): Promise<void> {
  const { onProgress, signal, pauseMs = PAUSE_MS } = options;
  for (let failures = 0; ;) {
    const before = (await sizeOf(part)) ?? 0;
    const refusal = await fetchMore(wanted, part, options);
    if (refusal === undefined) return;
    failures = ((await sizeOf(part)) ?? 0) > before ? 1 : failures + 1;
    if (refusal.final || failures >= FAILURES_WITHOUT_PROGRESS) throw refusal.error;
    const pause = refusal.waitMs ?? pauseMs * 2 ** (failures - 1);
    onProgress?.({ bytes: before, note: `${refusal.error.what}; trying again in ${Math.ceil(pause / 1000)} s` });
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new SerError('Cancelled', 'the download was cancelled', withoutQuery(wanted.url));
    });
  }
}

/** One request; undefined when all is there, else what came in between. */
async function fetchMore(wanted: Wanted, part: string, options: DownloadOptions): Promise<Refusal | undefined> {
  const { signal, stallMs = STALL_MS } = options;
  const have = (await sizeOf(part)) ?? 0;
  const state = await readState(part);
  if (have > 0 && have === (wanted.sizeBytes ?? state.totalBytes)) return undefined;
  const mayResume = have > 0 && (state.validator !== undefined || wanted.checksum !== undefined);
  const range: Record<string, string> = mayResume
    ? { range: `bytes=${have}-`, ...(state.validator === undefined ? {} : { 'if-range': state.validator }) }
    : {};
  try {
    const answer = await send(wanted.url, { headers: { ...wanted.headers, ...range }, stallMs, signal });
    try {
      if (answer.status === 416) {
        await rm(part, { force: true });
        return {
          error: new SerError('Unreachable', 'has fewer bytes than before', withoutQuery(wanted.url)),
          final: false,
        };
      }
      const refusal = await refusalOf(answer, wanted.url);
      if (refusal !== undefined) return refusal;
      return await receive(answer, wanted, part, have, options);
    } finally {
      answer.discard();
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const what = `the connection broke (${error.message})`;
    const remedy = 'Check the network; the same command goes on at the byte it came to.';
    return { error: new SerError('Unreachable', what, withoutQuery(wanted.url), remedy), final: false };
  }
}

async function receive(
  answer: Answer,
  wanted: Wanted,
  part: string,
  have: number,
  { onProgress }: DownloadOptions,
): Promise<Refusal | undefined> {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers.get('content-range') ?? '');
  const start = answer.status === 206 && Number(range?.[1]) === have ? have : 0;
  if (answer.status === 206 && start !== have) {
    await rm(part, { force: true });
    return {
      error: new SerError('Unreachable', 'sent another range than was asked for', withoutQuery(wanted.url)),
      final: false,
    };
  }
  const length = answer.headers.get('content-length');
  const announced = answer.status === 206 ? Number(range?.[2]) : length === null ? Number.NaN : Number(length);
  const totalBytes = Number.isFinite(announced) ? announced : wanted.sizeBytes;
  if (wanted.sizeBytes !== undefined && totalBytes !== wanted.sizeBytes) {
    throw new SerError(
      'DataRefused',
      `has ${totalBytes} bytes instead of ${wanted.sizeBytes}`,
      withoutQuery(wanted.url),
      OTHER,
    );
  }
  const validator = strongValidator(answer.headers);
  await writeState(part, {
    ...(validator === undefined ? {} : { validator }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
  });
  const bytes = await append(answer, part, start, (arrived) =>
    onProgress?.({ bytes: arrived, ...(totalBytes === undefined ? {} : { totalBytes }) }),
  );
  if (totalBytes === undefined || bytes === totalBytes) return undefined;
  if (bytes > totalBytes) await rm(part, { force: true });
  return {
    error: new SerError('Unreachable', `${bytes} of ${totalBytes} bytes came`, withoutQuery(wanted.url), OTHER),
    final: false,
  };
}

const OTHER = 'Try again later, or take the corpus from another source.';

/** Writes what comes behind the first `start` bytes; returns how many there are then. */
async function append(answer: Answer, part: string, start: number, onBytes: (bytes: number) => void): Promise<number> {
  const file = await open(part, 'a');
  let bytes = start;
  try {
    await file.truncate(start);
    for await (const chunk of answer.chunks()) {
      await file.write(chunk);
      bytes += chunk.length;
      onBytes(bytes);
    }
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}

async function checkPart({ url, checksum, sizeBytes }: Wanted, part: string): Promise<void> {
  const size = await sizeOf(part);
  const right = sizeBytes === undefined || size === sizeBytes;
  if (checksum === undefined && right) return;
  const actual = checksum === undefined ? '' : await hashOf(part, checksum.algorithm);
  if (right && actual === (checksum?.hex ?? '')) return;
  await rm(part, { force: true });
  await rm(stateFile(part), { force: true });
  const what = right ? `the ${checksum?.algorithm} is ${actual}, published is ${checksum?.hex}` : `has ${size} bytes`;
  throw new SerError('DataRefused', `other bytes came than were published: ${what}`, withoutQuery(url), OTHER);
}

async function hashOf(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex');
}

/** An ETag that means the same bytes, else the date of the last change. */
function strongValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag !== null && !etag.startsWith('W/') ? etag : (headers.get('last-modified') ?? undefined);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

function stateFile(part: string): string {
  return `${part}.json`;
}

async function readState(part: string): Promise<PartState> {
  const text = await readFile(stateFile(part), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as PartState;
  } catch {
    return {};
  }
}

async function writeState(part: string, state: PartState): Promise<void> {
  await writeFile(stateFile(part), JSON.stringify(state));
}

const DISK: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file grows larger than the system allows',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
};

function diskFailure(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const what = DISK[code];
  if (what === undefined) return error;
  return new SerError(
    'StoreUnavailable',
    `${what} (${code})`,
    target,
    'Free some space there; the same command goes on.',
  );
}
