import { latin1 } from './contentType.js';
import { assertPlausible, badAudio } from './decodedAudio.js';
import { BYTES_PER_SAMPLE, type PcmEncoding, type PcmLayout } from './pcm.js';

const FORMAT = { pcm: 1, float: 3, alaw: 6, ulaw: 7, extensible: 0xfffe } as const;

const FOREIGN_FORMATS: Record<number, string> = {
  0x02: 'Microsoft ADPCM',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3 in WAV',
  0x161: 'Windows Media audio',
};

/** Chunks whose names may follow an odd-sized chunk that was written without its padding byte. */
const KNOWN_CHUNKS = new Set(['fmt ', 'data', 'LIST', 'fact', 'bext', 'cue ', 'PEAK', 'JUNK', 'id3 ', 'smpl', 'iXML']);

/** Writers that cannot go back leave 0, all bits set, or (SoX) something close to 2 GiB. */
const STREAMED_FROM = 0x7ffff000;

type Format = { encoding: PcmEncoding; sampleRate: number; channels: number };

type Chunk = { id: string; offset: number; size: number };

function readUint64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

/** Where the chunk after this one begins: a padding byte follows odd sizes, unless the writer forgot it. */
function nextChunk(bytes: Uint8Array, { offset, size }: Chunk): number {
  const end = offset + size;
  if (size % 2 === 0) return end;
  const forgotten = KNOWN_CHUNKS.has(latin1(bytes, end, 4)) && !KNOWN_CHUNKS.has(latin1(bytes, end + 1, 4));
  return forgotten ? end : end + 1;
}

function* chunksOf(bytes: Uint8Array, view: DataView): Generator<Chunk> {
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const chunk = { id: latin1(bytes, offset, 4), offset: offset + 8, size: view.getUint32(offset + 4, true) };
    yield chunk;
    offset = nextChunk(bytes, chunk);
  }
}

function integerEncoding(width: number): PcmEncoding | undefined {
  return ([undefined, 'u8', 's16', 's24', 's32'] as const)[width];
}

function parseFormat(view: DataView, { offset, size }: Chunk, name: string): Format {
  if (size < 16 || offset + 16 > view.byteLength) throw badAudio(name, 'the WAV header has no complete format chunk');
  const channels = view.getUint16(offset + 2, true);
  const sampleRate = view.getUint32(offset + 4, true);
  const blockAlign = view.getUint16(offset + 12, true);
  const bits = view.getUint16(offset + 14, true);
  let tag = view.getUint16(offset, true);
  if (tag === FORMAT.extensible && size >= 26 && offset + 26 <= view.byteLength)
    tag = view.getUint16(offset + 24, true);

  assertPlausible(name, sampleRate, channels);
  const width = blockAlign > 0 && blockAlign % channels === 0 ? blockAlign / channels : Math.ceil(bits / 8);
  const encoding = encodingOf(tag, width);
  if (encoding === undefined) {
    const format = FOREIGN_FORMATS[tag] ?? `format 0x${tag.toString(16)}`;
    throw badAudio(name, `the WAV file holds ${format} with ${bits} bits a sample, which is not read`);
  }
  return { encoding, sampleRate, channels };
}

function encodingOf(tag: number, width: number): PcmEncoding | undefined {
  switch (tag) {
    case FORMAT.pcm:
      return integerEncoding(width);
    case FORMAT.float:
      return width === 4 ? 'f32' : width === 8 ? 'f64' : undefined;
    case FORMAT.alaw:
      return width === 1 ? 'alaw' : undefined;
    case FORMAT.ulaw:
      return width === 1 ? 'ulaw' : undefined;
    default:
      return undefined;
  }
}

/**
 * Finds the samples of a RIFF, RF64 or BW64 WAVE file.
 *
 * @throws SerError `BadInput` for a header that makes no sense or a format that is not read
 */
export function parseWav(bytes: Uint8Array, name: string): PcmLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  let longDataSize: number | undefined;
  for (const chunk of chunksOf(bytes, view)) {
    if (chunk.id === 'ds64' && chunk.size >= 16 && chunk.offset + 16 <= bytes.length) {
      longDataSize = readUint64(view, chunk.offset + 8);
    } else if (chunk.id === 'fmt ') {
      format = parseFormat(view, chunk, name);
    } else if (chunk.id === 'data') {
      if (!format) throw badAudio(name, 'the WAV file has samples ahead of its format chunk');
      return layoutOf(format, chunk, longDataSize, bytes.length);
    }
  }
  throw badAudio(name, format ? 'the WAV file has no data chunk' : 'the WAV file has no format chunk');
}

function layoutOf(format: Format, data: Chunk, longDataSize: number | undefined, fileLength: number): PcmLayout {
  const bytesPerFrame = BYTES_PER_SAMPLE[format.encoding] * format.channels;
  const { offset } = data;
  const available = fileLength - offset;
  const isLong = data.size === 0xffffffff && longDataSize !== undefined;
  const promised = isLong ? longDataSize : data.size;
  const openEnded = isLong ? Number.MAX_SAFE_INTEGER : STREAMED_FROM;
  const isStreamed = promised === 0 || (promised >= openEnded && promised > available);
  const totalFrames = Math.floor((isStreamed ? available : promised) / bytesPerFrame);
  const frames = Math.min(totalFrames, Math.floor(available / bytesPerFrame));
  return { container: 'wav', littleEndian: true, ...format, offset, frames, totalFrames };
}
