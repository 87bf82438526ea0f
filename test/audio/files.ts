/** Sound files as writers of every kind leave them. */

export type Chunk = { id: string; body: Uint8Array; size?: number; pad?: boolean };

const littleEndian = (values: [bytes: number, value: number][]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    for (let i = 0; i < bytes; i++) view.setUint8(at++, Math.floor(value / 256 ** i) % 256);
  }
  return new Uint8Array(view.buffer);
};

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function chunkBytes({ id, body, size = body.length, pad = true }: Chunk, isBigEndian: boolean): Uint8Array {
  const length = littleEndian([[4, size]]);
  const padding = new Uint8Array(pad ? body.length % 2 : 0);
  return joined(latin1(id), isBigEndian ? length.reverse() : length, body, padding);
}

export type WavFormat = { tag: number; bits: number; channels?: number; sampleRate?: number; extensible?: boolean };

export function formatChunk({ tag, bits, channels = 1, sampleRate = 8000, extensible = false }: WavFormat): Chunk {
  const width = (bits / 8) * channels;
  const common = littleEndian([
    [2, extensible ? 0xfffe : tag],
    [2, channels],
    [4, sampleRate],
    [4, sampleRate * width],
    [2, width],
    [2, bits],
  ]);
  if (!extensible) return { id: 'fmt ', body: common };
  const guid = latin1('\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71');
  const extension = littleEndian([
    [2, 22],
    [2, bits],
    [4, 0],
    [2, tag],
  ]);
  return { id: 'fmt ', body: joined(common, extension, guid) };
}

export function riff(chunks: Chunk[], magic = 'RIFF'): Uint8Array {
  const body = joined(latin1('WAVE'), ...chunks.map((chunk) => chunkBytes(chunk, false)));
  const size = magic === 'RIFF' ? body.length : 0xffffffff;
  return joined(latin1(magic), littleEndian([[4, size]]), body);
}

export function wav(format: WavFormat, data: Uint8Array): Uint8Array {
  return riff([formatChunk(format), { id: 'data', body: data }]);
}

/** 16-bit samples, interleaved already. */
export function wav16(samples: ArrayLike<number>, channels = 1, sampleRate = 8000): Uint8Array {
  const data = new Uint8Array(Int16Array.from(samples).buffer);
  return wav({ tag: 1, bits: 16, channels, sampleRate }, data);
}

export function ds64(dataSize: number): Chunk {
  return {
    id: 'ds64',
    body: littleEndian([
      [8, 0],
      [8, dataSize],
      [8, 0],
      [4, 0],
    ]),
  };
}

export type AiffFormat = {
  bits: number;
  frames: number;
  channels?: number;
  compression?: string;
  /** An 80-bit extended number as ten bytes; 8,000 Hz by default. */
  rate?: string;
};

const RATE_8000 = '\x40\x0b\xfa\x00\x00\x00\x00\x00\x00\x00';
export const RATE_24414 = '\x40\x0d\xbe\xbc\x00\x00\x00\x00\x00\x00';

export function commonChunk({ bits, frames, channels = 1, compression, rate = RATE_8000 }: AiffFormat): Chunk {
  const numbers = littleEndian([
    [2, bits],
    [4, frames],
    [2, channels],
  ]).reverse();
  const type = compression === undefined ? [] : [latin1(compression), latin1('\x00\x00')];
  return { id: 'COMM', body: joined(numbers, latin1(rate), ...type) };
}

export function soundChunk(data: Uint8Array, offset = 0): Chunk {
  const head = new Uint8Array(8 + offset);
  head[3] = offset;
  return { id: 'SSND', body: joined(head, data) };
}

export function form(type: 'AIFF' | 'AIFC', chunks: Chunk[]): Uint8Array {
  const body = joined(latin1(type), ...chunks.map((chunk) => chunkBytes(chunk, true)));
  return joined(latin1('FORM'), littleEndian([[4, body.length]]).reverse(), body);
}

export function aiff(format: AiffFormat, data: Uint8Array): Uint8Array {
  const type = format.compression === undefined ? 'AIFF' : 'AIFC';
  return form(type, [commonChunk(format), soundChunk(data)]);
}

/** The bytes as a view into a larger buffer, at an odd offset, as pooled buffers are. */
export function pooled(bytes: Uint8Array): Uint8Array {
  const pool = new Uint8Array(bytes.length + 5).fill(0xa5);
  pool.set(bytes, 3);
  return pool.subarray(3, 3 + bytes.length);
}
