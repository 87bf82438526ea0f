import { latin1 } from './contentType.js';
import { assertPlausible, badAudio } from './decodedAudio.js';
import { BYTES_PER_SAMPLE, type PcmEncoding, type PcmLayout } from './pcm.js';

type Format = { encoding: PcmEncoding; littleEndian: boolean; sampleRate: number; channels: number; frames: number };

/** Compression types of AIFF-C that are none; undefined where the sample size decides. */
const COMPRESSION_TYPES: Record<string, { encoding?: PcmEncoding; littleEndian?: boolean }> = {
  NONE: {},
  twos: {},
  sowt: { littleEndian: true },
  'raw ': { encoding: 'u8' },
  fl32: { encoding: 'f32' },
  FL32: { encoding: 'f32' },
  fl64: { encoding: 'f64' },
  FL64: { encoding: 'f64' },
  alaw: { encoding: 'alaw' },
  ALAW: { encoding: 'alaw' },
  ulaw: { encoding: 'ulaw' },
  ULAW: { encoding: 'ulaw' },
  in24: { encoding: 's24' },
  in32: { encoding: 's32' },
  '42ni': { encoding: 's24', littleEndian: true },
  '23ni': { encoding: 's32', littleEndian: true },
};

/** An 80-bit IEEE 754 extended number, rounded to a whole number of Hz as libsndfile does; 0 for what is none. */
function readSampleRate(view: DataView, offset: number): number {
  const exponent = view.getUint16(offset) - 16383;
  if (exponent < 0 || exponent > 30) return 0;
  const mantissa = view.getUint32(offset + 2) + view.getUint32(offset + 6) / 2 ** 32;
  return Math.round(mantissa * 2 ** (exponent - 31));
}

function parseCommon(bytes: Uint8Array, view: DataView, offset: number, size: number, name: string): Format {
  if (size < 18 || offset + 18 > bytes.length) throw badAudio(name, 'the AIFF header has no complete common chunk');
  const channels = view.getUint16(offset);
  const frames = view.getUint32(offset + 2);
  const bits = view.getUint16(offset + 6);
  const sampleRate = readSampleRate(view, offset + 8);
  assertPlausible(name, sampleRate, channels);

  const isCompressed = latin1(bytes, 8, 4) === 'AIFC' && size >= 22;
  const typeName = isCompressed ? latin1(bytes, offset + 18, 4) : 'NONE';
  const type = COMPRESSION_TYPES[typeName];
  const encoding = type?.encoding ?? ([undefined, 's8', 's16', 's24', 's32'] as const)[Math.ceil(bits / 8)];
  if (!type || !encoding) {
    const printable = typeName.replace(/[^ -~]/g, '?');
    throw badAudio(name, `the AIFF file holds "${printable}" with ${bits} bits a sample, which is not read`);
  }
  return { encoding, littleEndian: type.littleEndian ?? false, sampleRate, channels, frames };
}

/**
 * Finds the samples of an AIFF or AIFF-C file.
 *
 * @throws SerError `BadInput` for a header that makes no sense or a compression that is not read
 */
export function parseAiff(bytes: Uint8Array, name: string): PcmLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  let data: { offset: number; size: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.length && !(format && data);) {
    const id = latin1(bytes, offset, 4);
    const size = view.getUint32(offset + 4);
    if (id === 'COMM') format = parseCommon(bytes, view, offset + 8, size, name);
    if (id === 'SSND' && offset + 16 <= bytes.length) {
      const skipped = 8 + view.getUint32(offset + 8);
      data = { offset: offset + 8 + skipped, size: size - skipped };
    }
    offset += 8 + size + (size % 2);
  }
  if (!format) throw badAudio(name, 'the AIFF file has no common chunk');
  if (!data) {
    if (format.frames > 0) throw badAudio(name, 'the AIFF file has no sound data chunk');
    data = { offset: bytes.length, size: 0 };
  }
  return layoutOf(format, data, bytes.length);
}

/** The frame count of the common chunk rules; writers that stream leave it 0, and the length of the sound data open. */
function layoutOf(format: Format, data: { offset: number; size: number }, fileLength: number): PcmLayout {
  const { encoding, littleEndian, sampleRate, channels } = format;
  const bytesPerFrame = BYTES_PER_SAMPLE[encoding] * channels;
  const inFile = Math.floor(Math.max(0, fileLength - data.offset) / bytesPerFrame);
  const inChunk = data.size > 0 ? Math.min(inFile, Math.floor(data.size / bytesPerFrame)) : inFile;
  const isStreamed = format.frames === 0 || format.frames === 0xffffffff;
  const totalFrames = isStreamed ? inChunk : format.frames;
  const frames = Math.min(totalFrames, inChunk);
  return { container: 'aiff', encoding, littleEndian, sampleRate, channels, offset: data.offset, frames, totalFrames };
}
