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
  /** Whether the file ends within something it has begun; undefined when only a count of its frames can tell. */
  isCutOff?: boolean;
  /** How much of the file a decoder must have seen before it can return samples; undefined where it does not matter. */
  bytesToFirstSamples?: number;
};

/** The facts of a FLAC, MP3 or Ogg file. */
export function compressedFacts(bytes: Uint8Array): CompressedFacts {
  const type = contentTypeOf(bytes);
  if (type.kind === 'mp3') return { container: 'mp3', encoding: 'mp3', ...mp3Facts(bytes) };
  if (type.kind === 'ogg') return { container: 'ogg', encoding: type.codec, ...oggFacts(bytes, type.codec) };
  return { container: 'flac', encoding: 'flac', ...flacFacts(bytes) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Total samples of STREAMINFO: 36 bits; 0 means unknown. */
function flacFacts(bytes: Uint8Array): Partial<CompressedFacts> {
  const info = id3Length(bytes) + 8;
  if (bytes.length < info + 18) return {};
  const totalFrames = (bytes[info + 13]! & 0x0f) * 2 ** 32 + viewOf(bytes).getUint32(info + 14);
  return totalFrames === 0 ? {} : { totalFrames };
}

/** The rates Opus decodes to; libsndfile takes the first that is not below the one in the header. */
const OPUS_SAMPLE_RATES = [8000, 12000, 16000, 24000, 48000] as const;

/** The rate an Ogg Opus file is decoded to: near that of the recording it was made from. */
export function opusSampleRate(bytes: Uint8Array): number {
  const head = 27 + (bytes[26] ?? 0);
  if (head + 16 > bytes.length) return 48000;
  const original = viewOf(bytes).getUint32(head + 12, true);
  return OPUS_SAMPLE_RATES.find((rate) => rate >= original) ?? 48000;
}

/** Length by the largest granule position, that of a cut-off last page included; Opus counts at 48 kHz, with its pre-skip. */
function oggFacts(bytes: Uint8Array, codec: 'vorbis' | 'opus' | 'flac'): Partial<CompressedFacts> {
  const { position, bytesToFirstSamples, isCutOff } = walkPages(bytes);
  if (codec !== 'opus') return { isCutOff, bytesToFirstSamples, ...(position > 0 && { totalFrames: position }) };
  const head = 27 + bytes[26]!;
  const preSkip = head + 12 <= bytes.length ? viewOf(bytes).getUint16(head + 10, true) : 0;
  const totalFrames = Math.floor(((position - preSkip) * opusSampleRate(bytes)) / 48000);
  return { isCutOff, ...(totalFrames > 0 && { totalFrames }) };
}

type PageWalk = { position: number; bytesToFirstSamples: number; isCutOff: boolean };

/** Steps from page to page by their lengths. The first page with a position above 0 is the first with samples. */
function walkPages(bytes: Uint8Array): PageWalk {
  const view = viewOf(bytes);
  let offset = 0;
  let position = 0;
  let bytesToFirstSamples = 0;
  while (offset + 27 <= bytes.length && latin1(bytes, offset, 4) === 'OggS') {
    const holdsHeaders = position === 0;
    const high = view.getInt32(offset + 10, true);
    if (high >= 0) position = Math.max(position, high * 2 ** 32 + view.getUint32(offset + 6, true));
    const segments = bytes.subarray(offset + 27, offset + 27 + bytes[offset + 26]!);
    offset += 27 + segments.length + segments.reduce((sum, length) => sum + length, 0);
    if (holdsHeaders) bytesToFirstSamples = offset;
  }
  const isCutOff = offset > bytes.length || latin1(bytes, offset, 4) === 'OggS';
  return { position, bytesToFirstSamples, isCutOff };
}

/** Where the Xing or Info header lies in the first frame, which holds no audio then. */
function xingOffset(isVersion1: boolean, isMono: boolean): number {
  if (isVersion1) return isMono ? 21 : 36;
  return isMono ? 13 : 21;
}

/** Channels of the first frame; by its Xing header, length and whether all bytes of the stream are there. */
function mp3Facts(bytes: Uint8Array): Partial<CompressedFacts> {
  const view = viewOf(bytes);
  let start = id3Length(bytes);
  while (start < bytes.length && mp3FrameLength(bytes, start) === 0) start++;
  if (start + 4 > bytes.length) return {};
  const isMono = bytes[start + 3]! >> 6 === 3;
  const isVersion1 = ((bytes[start + 1]! >> 3) & 3) === 3;
  const channels = isMono ? 1 : 2;
  const xing = start + xingOffset(isVersion1, isMono);
  const hasHeader = xing + 144 <= bytes.length && /^(Xing|Info)$/.test(latin1(bytes, xing, 4));
  if (!hasHeader || (view.getUint32(xing + 4) & 0xf) !== 0xf) return { channels, isCutOff: false };
  // Encoder delay and padding, twelve bits each, which the decoder takes off.
  const [high, middle, low] = [bytes[xing + 141]!, bytes[xing + 142]!, bytes[xing + 143]!];
  const padding = (high << 4) + (middle >> 4) + ((middle & 0xf) << 8) + low;
  const totalFrames = view.getUint32(xing + 8) * (isVersion1 ? 1152 : 576) - padding;
  const isCutOff = start + view.getUint32(xing + 12) > bytes.length;
  return { channels, isCutOff, ...(totalFrames > 0 && { totalFrames }) };
}
