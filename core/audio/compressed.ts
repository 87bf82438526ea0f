import { messageOf, SerError } from '../contracts/errors.js';
import { openDecoder, type DecodedPiece, type StreamDecoder } from './compressedDecoders.js';
import { compressedFacts, type CompressedFacts } from './compressedFacts.js';
import { assertPlausible, badAudio, frameLimit, type DecodedAudio } from './decodedAudio.js';

/** Small enough that what one piece expands to stays small, whatever the file holds. */
const PIECE_BYTES = 2048;
/** Samples a byte may expand to, silence included, beyond a first allowance: memory stays in proportion to the file. */
const MOST_SAMPLES_PER_BYTE = 1024;
const FREE_SAMPLES = 1 << 20;
const MOST_CHANNELS = 255;

/** Consecutive samples of a compressed recording, one array per channel. */
export type DecodedBlock = { channels: Float32Array[]; sampleRate: number };

/** Feeds a decoder with the file, a short one at once, others piece by piece. */
async function* decodedPieces(decoder: StreamDecoder, bytes: Uint8Array): AsyncGenerator<DecodedPiece> {
  const firstEnd = (compressedFacts(bytes).bytesToFirstSamples ?? 0) + PIECE_BYTES;
  if (firstEnd >= bytes.length) {
    yield await decoder.decodeFile(bytes);
    return;
  }
  yield await decoder.decode(bytes.subarray(0, firstEnd));
  for (let offset = firstEnd; offset < bytes.length; offset += PIECE_BYTES) {
    const piece = await decoder.decode(bytes.subarray(offset, offset + PIECE_BYTES));
    // The Vorbis decoder returns thousands of empty channels as long as it has seen no header.
    if (piece.channelData.length > MOST_CHANNELS) throw new Error('no header');
    yield piece;
  }
  yield await decoder.flush();
}

/**
 * Decodes a compressed recording block by block, so that a reader of its beginning never pays for the rest.
 *
 * @throws SerError `BadInput` for damaged data and for data that expand beyond all proportion
 */
export async function* decodeBlocks(bytes: Uint8Array, name: string): AsyncGenerator<DecodedBlock> {
  const decoder = await openDecoder(bytes);
  const mostSamples = FREE_SAMPLES + bytes.length * MOST_SAMPLES_PER_BYTE;
  let samples = 0;
  let before: DecodedBlock | undefined;
  try {
    for await (const { channelData, samplesDecoded, sampleRate, errors } of decodedPieces(decoder, bytes)) {
      if (errors.length > 0) throw new Error('the decoder reports errors');
      if (samplesDecoded <= 0 || channelData.length === 0) continue;
      const block = { channels: channelData.map((channel) => channel.subarray(0, samplesDecoded)), sampleRate };
      if (!before) assertPlausible(name, sampleRate, channelData.length);
      if (before && (before.sampleRate !== sampleRate || before.channels.length !== channelData.length)) {
        throw badAudio(name, 'the sampling rate or the number of channels changes within the recording');
      }
      samples += samplesDecoded * channelData.length;
      if (samples > mostSamples) {
        throw badAudio(name, `${bytes.length} bytes expand to more than ${mostSamples} samples, beyond all proportion`);
      }
      yield block;
      before = block;
    }
  } catch (error) {
    if (error instanceof SerError) throw error;
    throw badAudio(name, `the ${decoder.encoding} data are damaged (${messageOf(error)})`, { cause: error });
  } finally {
    decoder.free();
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
    limit = frameLimit(block.sampleRate, maxSeconds);
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
