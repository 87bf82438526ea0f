import { opusSampleRate } from './compressedFacts.js';
import { contentTypeOf } from './contentType.js';

/** What a decoder returns for some of the file. */
export type DecodedPiece = {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: unknown[];
};

/** One file's decoder: fed with its bytes in order, then flushed and freed. */
export type StreamDecoder = {
  encoding: string;
  decode(piece: Uint8Array): Promise<DecodedPiece>;
  flush(): Promise<DecodedPiece>;
  free(): void;
};

const NOTHING: DecodedPiece = { channelData: [], samplesDecoded: 0, sampleRate: 0, errors: [] };

/**
 * Runs a decoder with `console.error` throwing: the packages print what they also return as errors, and after an error
 * mpg123-decoder would read on for ever. Only the synchronous part of the call is covered.
 */
function stoppingAtErrors<T>(decode: () => T): T {
  const print = console.error;
  console.error = (...words: unknown[]) => {
    throw new Error(words.map(String).join(' ').replace(/\s+/g, ' '));
  };
  try {
    return decode();
  } finally {
    console.error = print;
  }
}

async function openMp3(): Promise<StreamDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder();
  await decoder.ready;
  return {
    encoding: 'mp3',
    decode: (piece) => Promise.resolve(stoppingAtErrors(() => decoder.decode(piece))),
    flush: () => Promise.resolve(NOTHING),
    free: () => decoder.free(),
  };
}

/**
 * The FLAC decoder divides by the largest positive value; libsndfile, like every other reader, by the power of two above
 * it.
 */
function rescaled(piece: DecodedPiece & { bitDepth: number }): DecodedPiece {
  const fullScale = 2 ** (piece.bitDepth - 1);
  for (const samples of piece.channelData) {
    for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i]! * (fullScale - 1)) / fullScale;
  }
  return piece;
}

async function openFlac(): Promise<StreamDecoder> {
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const decoder = new FLACDecoder();
  await decoder.ready;
  return {
    encoding: 'flac',
    decode: async (piece) => rescaled(await stoppingAtErrors(() => decoder.decode(piece))),
    flush: async () => rescaled(await stoppingAtErrors(() => decoder.flush())),
    free: () => decoder.free(),
  };
}

async function openOgg(codec: 'vorbis' | 'opus', bytes: Uint8Array): Promise<StreamDecoder> {
  const decoder = codec === 'opus' ? await createOpusDecoder(bytes) : await createVorbisDecoder();
  await decoder.ready;
  return {
    encoding: codec,
    decode: async (piece) => stoppingAtErrors(() => decoder.decode(piece)),
    flush: async () => stoppingAtErrors(() => decoder.flush()),
    free: () => decoder.free(),
  };
}

async function createVorbisDecoder() {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  return new OggVorbisDecoder();
}

async function createOpusDecoder(bytes: Uint8Array) {
  const { OggOpusDecoder } = await import('ogg-opus-decoder');
  // Documented by the package, but not in its types.
  const options: object = { sampleRate: opusSampleRate(bytes) };
  return new OggOpusDecoder(options);
}

/** Opens the decoder for a FLAC, MP3 or Ogg file; its package is loaded on first use. */
export async function openDecoder(bytes: Uint8Array): Promise<StreamDecoder> {
  const type = contentTypeOf(bytes);
  if (type.kind === 'mp3') return openMp3();
  if (type.kind === 'ogg' && type.codec !== 'flac') return openOgg(type.codec, bytes);
  return openFlac();
}
