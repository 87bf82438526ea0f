import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError } from './requestError.js';

/** A recording as a request brought it. */
export type SentRecording = { name: string; bytes: Uint8Array<ArrayBuffer> };

/**
 * The recording of a request: its whole body, or the first file of a form.
 *
 * @param maxBytes of the whole body
 * @param timeoutMs how long it may take to arrive
 * @throws RequestError 413 for more than that, 408 for later than that, 400 for none
 */
export async function readRecording(
  request: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
): Promise<SentRecording> {
  const body = await inTime(readBody(request, maxBytes), timeoutMs);
  const type = request.headers['content-type'] ?? '';
  const recording = /^multipart\/form-data/i.test(type) ? await fileOf(body, type) : { name: 'recording', bytes: body };
  if (recording.bytes.length > 0) return recording;
  throw new RequestError(
    400,
    'BadRequest',
    'there is no recording in the request: send it as the body, or as a form file',
  );
}

/** Node itself ends a slow request without a word of why, and only when it next looks. */
async function inTime<T>(arriving: Promise<T>, timeoutMs: number): Promise<T> {
  const arrived = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: arrived.signal }).then(() => {
    throw new RequestError(408, 'Slow', `the request took longer than ${timeoutMs} ms to arrive`);
  });
  try {
    return await Promise.race([arriving, late]);
  } finally {
    arrived.abort();
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new RequestError(413, 'TooLarge', `the request is larger than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The request stays open when this ends early, so that the refusal can still be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

async function fileOf(body: Uint8Array<ArrayBuffer>, type: string): Promise<SentRecording> {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new RequestError(400, 'BadRequest', 'the form cannot be read');
  });
  const file = [...form.values()].find((value) => typeof value !== 'string');
  if (file === undefined) throw new RequestError(400, 'BadRequest', 'the form holds no file');
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}
