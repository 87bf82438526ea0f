import { A_LAW, MU_LAW } from './companding.js';
import type { Container } from './decodedAudio.js';
import { convertPcm16 } from './pcm16.js';

export const BYTES_PER_SAMPLE = { u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8, alaw: 1, ulaw: 1 } as const;

export type PcmEncoding = keyof typeof BYTES_PER_SAMPLE;

/** Where uncompressed samples lie in a file and what they are; checked against the file's length. */
export type PcmLayout = {
  container: Container;
  encoding: PcmEncoding;
  littleEndian: boolean;
  /** In Hz. */
  sampleRate: number;
  channels: number;
  /** Of the first sample, in bytes from the beginning of the file. */
  offset: number;
  /** Whole frames that lie in the file. */
  frames: number;
  /** Frames the header promises; `frames` when it does not say. */
  totalFrames: number;
};

/**
 * Converts consecutive samples of one channel, scaled as libsndfile scales them for single precision: integers by a
 * power of two, G.711 codes by their 16-bit values, floating point not at all.
 *
 * @param bytes the whole file
 * @param firstFrame of the frames to read; `out.length` more must lie in the file
 */
export function readChannel(
  bytes: Uint8Array,
  layout: PcmLayout,
  channel: number,
  firstFrame: number,
  out: Float32Array,
): void {
  const { encoding, littleEndian } = layout;
  const width = BYTES_PER_SAMPLE[encoding];
  const stride = width * layout.channels;
  const start = layout.offset + firstFrame * stride + channel * width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = out.length;
  if (count === 0) return;
  switch (encoding) {
    case 'u8':
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = (bytes[at]! - 128) / 128;
      return;
    case 's8':
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = view.getInt8(at) / 128;
      return;
    case 's16':
      // All machines that Node runs on are little-endian.
      if (littleEndian && layout.channels === 1) {
        convertPcm16(bytes.subarray(start, start + count * width), out);
        return;
      }
      if (littleEndian && (bytes.byteOffset + start) % 2 === 0) {
        // Twice as fast as through a DataView.
        const values = new Int16Array(bytes.buffer, bytes.byteOffset + start, (count - 1) * layout.channels + 1);
        for (let i = 0, at = 0; i < count; i++, at += layout.channels) out[i] = values[at]! / 32768;
        return;
      }
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = view.getInt16(at, littleEndian) / 32768;
      return;
    case 's24': {
      const [high, low] = littleEndian ? [1, 0] : [0, 2];
      for (let i = 0, at = start; i < count; i++, at += stride) {
        out[i] = (view.getInt16(at + high, littleEndian) * 256 + bytes[at + low]!) / 8388608;
      }
      return;
    }
    case 's32':
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = view.getInt32(at, littleEndian) / 2147483648;
      return;
    case 'f32':
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = view.getFloat32(at, littleEndian);
      return;
    case 'f64':
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = view.getFloat64(at, littleEndian);
      return;
    case 'alaw':
    case 'ulaw': {
      const table = encoding === 'alaw' ? A_LAW : MU_LAW;
      for (let i = 0, at = start; i < count; i++, at += stride) out[i] = table[bytes[at]!]!;
      return;
    }
  }
}
