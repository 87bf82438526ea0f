import type { Container } from './decodedAudio.js';

/** What the first bytes of a file say it is. `foreign` describes what is no recording we read, in half a sentence. */
export type ContentType =
  | { kind: Exclude<Container, 'ogg'> }
  | { kind: 'ogg'; codec: 'vorbis' | 'opus' | 'flac' }
  | { kind: 'foreign'; description: string };

/** The characters of a stretch of bytes, one each; shorter at the end of the file. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

const FOREIGN_SIGNATURES: [signature: string, description: string][] = [
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['PK\x03\x04', 'a zip archive'],
  ['PK\x05\x06', 'an empty zip archive'],
  ['Rar!', 'a RAR archive'],
  ['7z\xbc\xaf', 'a 7z archive'],
  ['\x1f\x8b', 'gzip-compressed data'],
  ['%PDF', 'a PDF document'],
  ['PAR1', 'a Parquet table'],
  ['\x7fELF', 'a program'],
  ['\x1aE\xdf\xa3', 'a Matroska or WebM video'],
  ['FORM', 'an IFF file, but no AIFF'],
  ['RIFX', 'a big-endian RIFF file'],
  ['.snd', 'a Sun/NeXT audio file'],
  ['caff', 'a Core Audio file'],
  ['wvpk', 'a WavPack file'],
  ['MAC ', "a Monkey's Audio file"],
  ['#!AMR', 'an AMR recording'],
  ['NIST', 'a NIST Sphere file'],
  ['MThd', 'a MIDI file'],
  ['\x30\x26\xb2\x75', 'a Windows Media file'],
  ['version https://git-lfs', 'a Git LFS pointer, not the recording itself'],
];

function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 512);
  return sample.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127));
}

const MP3_SAMPLE_RATES = [44100, 48000, 32000];
const MP3_BITRATES_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MP3_BITRATES_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Length in bytes of the MPEG layer III frame that begins here; 0 when none does. */
export function mp3FrameLength(bytes: Uint8Array, offset: number): number {
  const [sync, version, rates] = [bytes[offset], bytes[offset + 1], bytes[offset + 2]];
  if (sync !== 0xff || version === undefined || rates === undefined) return 0;
  const isLayer3 = (version & 0xe6) === 0xe2;
  const versionBits = (version >> 3) & 3;
  const bitrateIndex = rates >> 4;
  const rateIndex = (rates >> 2) & 3;
  if (!isLayer3 || versionBits === 1 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return 0;
  const isVersion1 = versionBits === 3;
  const sampleRate = MP3_SAMPLE_RATES[rateIndex]! >> (isVersion1 ? 0 : versionBits === 2 ? 1 : 2);
  const bitrate = (isVersion1 ? MP3_BITRATES_V1 : MP3_BITRATES_V2)[bitrateIndex]! * 1000;
  return Math.floor(((isVersion1 ? 144 : 72) * bitrate) / sampleRate) + ((rates >> 1) & 1);
}

/** Bytes of an ID3v2 tag at the beginning, 0 without one. */
export function id3Length(bytes: Uint8Array): number {
  if (latin1(bytes, 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  return 10 + ((bytes[6]! << 21) | (bytes[7]! << 14) | (bytes[8]! << 7) | bytes[9]!);
}

function oggCodec(bytes: Uint8Array): ContentType {
  const packet = 27 + (bytes[26] ?? 0);
  if (latin1(bytes, packet, 8) === 'OpusHead') return { kind: 'ogg', codec: 'opus' };
  if (latin1(bytes, packet, 7) === '\x01vorbis') return { kind: 'ogg', codec: 'vorbis' };
  if (latin1(bytes, packet, 5) === '\x7fFLAC') return { kind: 'ogg', codec: 'flac' };
  return { kind: 'foreign', description: 'an Ogg file without Vorbis, Opus or FLAC audio' };
}

/** Tells a file by its content, never by its name. */
export function contentTypeOf(bytes: Uint8Array): ContentType {
  const foreign = (description: string): ContentType => ({ kind: 'foreign', description });
  if (bytes.length === 0) return foreign('an empty file');
  const magic = latin1(bytes, 0, 4);
  const form = latin1(bytes, 8, 4);
  if (magic === 'RIFF' || magic === 'RF64' || magic === 'BW64') {
    return form === 'WAVE' ? { kind: 'wav' } : foreign(`a RIFF file of type "${form.replace(/[^ -~]/g, '?')}"`);
  }
  if (magic === 'FORM' && (form === 'AIFF' || form === 'AIFC')) return { kind: 'aiff' };
  if (magic === 'OggS') return oggCodec(bytes);
  if (magic === 'fLaC') return { kind: 'flac' };
  if (latin1(bytes, 4, 4) === 'ftyp') return foreign('an MP4 or QuickTime file');
  const start = id3Length(bytes);
  if (start > 0 && latin1(bytes, start, 4) === 'fLaC') return { kind: 'flac' };
  if (start > 0 || mp3FrameLength(bytes, 0) > 0) return { kind: 'mp3' };
  const known = FOREIGN_SIGNATURES.find(([signature]) => latin1(bytes, 0, signature.length) === signature);
  if (known) return foreign(known[1]);
  return foreign(isText(bytes) ? 'a text file' : 'no format known here');
}
