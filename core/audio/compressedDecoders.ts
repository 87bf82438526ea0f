import { opusSampleRate } from './compressedFacts.js';
import { contentTypeOf } from './contentType.js';

/** What a decoder returns for some of the file. */
export type DecodedPiece = {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: unknown[];
};

/** One file's decoder: fed with all its bytes, or with pieces in order and then flushed; freed at the end. */
export type StreamDecoder = {
  encoding: string;
  decodeFile(bytes: Uint8Array): Promise<DecodedPiece>;
  decode(piece: Uint8Array): Promise<DecodedPiece>;
  flush(): Promise<DecodedPiece>;
  free(): void;
};

const NOTHING: DecodedPiece = { channelData: [], samplesDecoded: 0, sampleRate: 0, errors: [] };

/** What the decoder packages begin their messages with. */
const DECODER_WORDS = /^(@wasm-audio-decoders|mpg123-decoder|libopus)/;

let decodersRunning = 0;
let print = console.error;

function throwDecoderWords(...words: unknown[]): void {
  const message = words.map(String).join(' ').replace(/\s+/g, ' ');
  if (DECODER_WORDS.test(message)) throw new Error(message);
  print(...words);
}

/**
 * Runs a decoder so that what it would print on `console.error` is thrown instead: a damaged file is no reason to write to
 * the terminal, and after an error mpg123-decoder would read on for ever. Other people's messages pass.
 */
async function stoppingAtErrors<T>(decode: () => T | Promise<T>): Promise<T> {
  if (decodersRunning++ === 0) {
    print = console.error;
    console.error = throwDecoderWords;
  }
  try {
    return await decode();
  } finally {
    if (--decodersRunning === 0) console.error = print;
  }
}

async function openMp3(): Promise<StreamDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder();
  await decoder.ready;
  return {
    encoding: 'mp3',
    decodeFile: (bytes) => stoppingAtErrors(() => decoder.decode(bytes)),
    decode: (piece) => stoppingAtErrors(() => decoder.decode(piece)),
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
    decodeFile: async (file) => rescaled(await stoppingAtErrors(() => decoder.decodeFile(file))),
    decode: async (piece) => rescaled(await stoppingAtErrors(() => decoder.decode(piece))),
    flush: async () => rescaled(await stoppingAtErrors(() => decoder.flush())),
    free: () => decoder.free(),
  };
}

async function openVorbis(): Promise<StreamDecoder> {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  return {
    encoding: 'vorbis',
    decodeFile: (file) => stoppingAtErrors(() => decoder.decodeFile(file)),
    decode: (piece) => stoppingAtErrors(() => decoder.decode(piece)),
    flush: () => stoppingAtErrors(() => decoder.flush()),
    free: () => decoder.free(),
  };
}

async function openOpus(bytes: Uint8Array): Promise<StreamDecoder> {
  const { OggOpusDecoder } = await import('ogg-opus-decoder');
  // Documented by the package, but not in its types.
  const options: object = { sampleRate: opusSampleRate(bytes) };
  const decoder = new OggOpusDecoder(options);
  await decoder.ready;
  return {
    encoding: 'opus',
    decodeFile: (file) => stoppingAtErrors(() => decoder.decodeFile(file)),
    decode: (piece) => stoppingAtErrors(() => decoder.decode(piece)),
    flush: () => stoppingAtErrors(() => decoder.flush()),
    free: () => decoder.free(),
  };
}

/** Opens the decoder for a FLAC, MP3 or Ogg file; its package is loaded on first use. */
export async function openDecoder(bytes: Uint8Array): Promise<StreamDecoder> {
  const type = contentTypeOf(bytes);
  if (type.kind === 'mp3') return openMp3();
  const codec = type.kind === 'ogg' ? type.codec : 'flac';
  switch (codec) {
    case 'vorbis':
      return openVorbis();
    case 'opus':
      return openOpus(bytes);
    case 'flac':
      return openFlac();
  }
}
