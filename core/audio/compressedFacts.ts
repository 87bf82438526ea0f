import { contentTypeOf, id3Length, latin1, mp3FrameLength } from './contentType.js';
import type { Container } from './decodedAudio.js';

/** What the headers of a compressed file say, without decoding it. */
export type CompressedFacts = {
  container: Container;
  encoding: string;
  /** Undefined when the decoder knows it. */
  channels?: number;
  /** Of the whole recording; undefined when no header says it. */
  totalFrames?: number;
};

/** The facts of a FLAC, MP3 or Ogg file. */
export function compressedFacts(bytes: Uint8Array): CompressedFacts {
  const type = contentTypeOf(bytes);
  if (type.kind === 'mp3') return mp3Facts(bytes);
  if (type.kind === 'ogg') return { container: 'ogg', encoding: type.codec, ...oggFrames(bytes, type.codec) };
  return { container: 'flac', encoding: 'flac', ...flacFrames(bytes) };
}

/** Total samples of STREAMINFO: 36 bits; 0 means unknown. */
function flacFrames(bytes: Uint8Array): { totalFrames?: number } {
  const info = id3Length(bytes) + 8;
  if (bytes.length < info + 18) return {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const totalFrames = (bytes[info + 13]! & 0x0f) * 2 ** 32 + view.getUint32(info + 14);
  return totalFrames === 0 ? {} : { totalFrames };
}

/** The largest granule position of any page header, a cut-off last page included; Opus counts its pre-skip. */
function oggFrames(bytes: Uint8Array, codec: 'vorbis' | 'opus' | 'flac'): { totalFrames?: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  for (let offset = 0; offset + 27 <= bytes.length && latin1(bytes, offset, 4) === 'OggS';) {
    const high = view.getInt32(offset + 10, true);
    if (high >= 0) position = Math.max(position, high * 2 ** 32 + view.getUint32(offset + 6, true));
    const segments = bytes.subarray(offset + 27, offset + 27 + bytes[offset + 26]!);
    offset += 27 + segments.length + segments.reduce((sum, length) => sum + length, 0);
  }
  const preSkip = codec === 'opus' && bytes.length >= 40 ? view.getUint16(28 + 10, true) : 0;
  return position > preSkip ? { totalFrames: position - preSkip } : {};
}

/** Where the Xing or Info header lies in the first frame, which holds no audio then. */
function xingOffset(isVersion1: boolean, isMono: boolean): number {
  if (isVersion1) return isMono ? 21 : 36;
  return isMono ? 13 : 21;
}

/** Channels of the first frame, and, of a file that ends before its Xing header says, how long it was to be. */
function mp3Facts(bytes: Uint8Array): CompressedFacts {
  const facts = { container: 'mp3', encoding: 'mp3' } as const;
  let start = id3Length(bytes);
  while (start < bytes.length && mp3FrameLength(bytes, start) === 0) start++;
  if (start >= bytes.length) return facts;
  const isMono = bytes[start + 3]! >> 6 === 3;
  const isVersion1 = ((bytes[start + 1]! >> 3) & 3) === 3;
  const channels = isMono ? 1 : 2;
  const xing = start + xingOffset(isVersion1, isMono);
  const hasFramesAndBytes = /^(Xing|Info)$/.test(latin1(bytes, xing, 4)) && (bytes[xing + 7]! & 3) === 3;
  if (!hasFramesAndBytes || xing + 16 > bytes.length) return { ...facts, channels };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const promisedBytes = view.getUint32(xing + 12);
  if (start + promisedBytes <= bytes.length) return { ...facts, channels };
  const totalFrames = view.getUint32(xing + 8) * (isVersion1 ? 1152 : 576);
  return { ...facts, channels, totalFrames };
}
