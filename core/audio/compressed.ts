import { messageOf, SerError } from '../contracts/errors.js';
import { openDecoder, type DecodedPiece, type StreamDecoder } from './compressedDecoders.js';
import { compressedFacts, type CompressedFacts } from './compressedFacts.js';
import { badAudio, type DecodedAudio } from './decodedAudio.js';

/** Small enough that what one piece expands to stays small, whatever the file holds. */
const PIECE_BYTES = 2048;
/** Samples a byte may expand to, silence included, beyond a first allowance: memory stays in proportion to the file. */
const MOST_SAMPLES_PER_BYTE = 1024;
const FREE_SAMPLES = 1 << 20;

/** Consecutive samples of a compressed recording, one array per channel. */
export type DecodedBlock = { channels: Float32Array[]; sampleRate: number };

/**
 * Decodes a compressed recording block by block, so that a reader of its beginning never pays for the rest.
 *
 * @throws SerError `BadInput` for damaged data and for data that expand beyond all proportion
 */
export async function* decodeBlocks(bytes: Uint8Array, name: string): AsyncGenerator<DecodedBlock> {
  const decoder = await openDecoder(bytes);
  try {
    let samples = 0;
    let sampleRate = 0;
    let channelCount = 0;
    for (let offset = 0; offset <= bytes.length; offset += PIECE_BYTES) {
      const isLast = offset + PIECE_BYTES > bytes.length;
      for (const piece of await decodePiece(decoder, bytes.subarray(offset, offset + PIECE_BYTES), isLast, name)) {
        const { channelData, samplesDecoded } = piece;
        if (samplesDecoded <= 0 || channelData.length === 0) continue;
        if (samples > 0 && (piece.sampleRate !== sampleRate || channelData.length !== channelCount)) {
          throw badAudio(name, 'the sampling rate or the number of channels changes within the recording');
        }
        ({ sampleRate } = piece);
        channelCount = channelData.length;
        samples += samplesDecoded * channelCount;
        if (samples > FREE_SAMPLES + bytes.length * MOST_SAMPLES_PER_BYTE) {
          throw badAudio(name, `${bytes.length} bytes expand to more than ${samples} samples, beyond all proportion`);
        }
        yield { channels: channelData.map((channel) => channel.subarray(0, samplesDecoded)), sampleRate };
      }
    }
  } finally {
    decoder.free();
  }
}

/** The samples of one piece of the file; after the last one also what the decoder held back. */
async function decodePiece(
  decoder: StreamDecoder,
  piece: Uint8Array,
  isLast: boolean,
  name: string,
): Promise<DecodedPiece[]> {
  try {
    const decoded = piece.length > 0 ? [await decoder.decode(piece)] : [];
    if (isLast) decoded.push(await decoder.flush());
    if (decoded.some(({ errors }) => errors.length > 0)) throw new Error('the decoder reports errors');
    return decoded;
  } catch (error) {
    if (error instanceof SerError) throw error;
    throw badAudio(name, `the ${decoder.encoding} data are damaged (${messageOf(error)})`, { cause: error });
  }
}

/** Joins blocks, of which only the first `limit` frames count. */
function joinBlocks(blocks: DecodedBlock[], channelCount: number, frames: number): Float32Array[] {
  return Array.from({ length: channelCount }, (_, channel) => {
    const joined = new Float32Array(frames);
    let offset = 0;
    for (const block of blocks) {
      const samples = block.channels[channel]!.subarray(0, frames - offset);
      joined.set(samples, offset);
      offset += samples.length;
    }
    return joined;
  });
}

/** `decodeAudio` for FLAC, MP3 and Ogg; throws also when nothing at all could be decoded. */
export async function decodeCompressed(bytes: Uint8Array, name: string, maxSeconds = Infinity): Promise<DecodedAudio> {
  const facts = compressedFacts(bytes);
  const blocks: DecodedBlock[] = [];
  let decoded = 0;
  let limit = Infinity;
  for await (const block of decodeBlocks(bytes, name)) {
    blocks.push(block);
    decoded += block.channels[0]!.length;
    limit = Math.floor(maxSeconds * block.sampleRate);
    if (decoded >= limit) break;
  }
  const [first] = blocks;
  if (!first) throw badAudio(name, `the ${facts.encoding} data are damaged: nothing could be decoded`);
  const { container, encoding } = facts;
  const totalFrames = facts.totalFrames ?? decoded;
  const frames = Math.min(decoded, limit, totalFrames);
  const channels = joinBlocks(blocks, facts.channels ?? first.channels.length, frames);
  const missingFrames = decoded >= limit ? 0 : missingFramesOf(facts, decoded);
  return { sampleRate: first.sampleRate, channels, frames, container, encoding, totalFrames, missingFrames };
}

/** How many frames a file lacks of which `decoded` could be decoded; at least one of a file that is cut off. */
export function missingFramesOf({ totalFrames = 0, isCutOff }: CompressedFacts, decoded: number): number {
  if (isCutOff === false) return 0;
  return Math.max(isCutOff ? 1 : 0, totalFrames - decoded);
}
