import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { officialRecordings } from '../../core/corpora/official.js';
import { readDemo } from '../../core/corpora/demo/demoSource.js';

/** A generated recording of the official list, as it lies in a file store. */
export type StoredRecording = { sha256: string; path: string; corpus: string };

const DEMO_RECORDINGS = 40;
const WAV_HEADER_BYTES = 44;

/**
 * Writes recordings with the names, rates and lengths of the official list into the folder of a file store. Their samples
 * are pieces of the demo corpus, each another one, so that no two are alike.
 *
 * @param limit only so many, spread over the corpora
 */
export async function storeOfficialCorpus(store: string, limit = Number.POSITIVE_INFINITY): Promise<StoredRecording[]> {
  mkdirSync(join(store, 'audio'), { recursive: true });
  const stored: StoredRecording[] = [];
  for await (const { corpus, name, bytes } of generateOfficialCorpus(limit)) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(store, 'audio', `${sha256}.wav`), bytes);
    stored.push({ sha256, path: name, corpus });
  }
  return stored;
}

/** The same recordings under their names, as a user has them: a folder a corpus. */
export async function writeOfficialCorpus(folder: string, limit = Number.POSITIVE_INFINITY): Promise<void> {
  for await (const { corpus, name, bytes } of generateOfficialCorpus(limit)) {
    const path = join(folder, corpus, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/** The same, one after another: what each belongs to, its name and its bytes. */
export async function* generateOfficialCorpus(limit: number) {
  const speech = demoSpeech();
  const official = await officialRecordings();
  const every = Math.max(1, Math.floor(official.length / limit));
  const chosen = official.filter((_, index) => index % every === 0).slice(0, limit);
  for (const [index, { corpus, name, sampleRate, channels, frames }] of chosen.entries()) {
    yield { corpus, name, bytes: wavFile(speech, index * 7919, sampleRate, channels, frames) };
  }
}

/** Samples of some demo recordings, one after another. */
function demoSpeech(): Int16Array {
  const pieces = Array.from({ length: DEMO_RECORDINGS }, (_, index) => samplesOf(readDemo(index * 15)));
  const speech = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    speech.set(piece, offset);
    offset += piece.length;
  }
  return speech;
}

function samplesOf(wav: Uint8Array): Int16Array {
  const data = Buffer.from(wav).indexOf('data', 12, 'latin1') + 8;
  const bytes = wav.slice(data, data + 2 * Math.floor((wav.length - data) / 2));
  return new Int16Array(bytes.buffer, 0, bytes.length / 2);
}

function wavFile(speech: Int16Array, start: number, rate: number, channels: number, frames: number): Uint8Array {
  const file = Buffer.alloc(WAV_HEADER_BYTES + 2 * channels * frames);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * channels * rate, 28);
  file.writeUInt16LE(2 * channels, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * channels * frames, 40);
  for (let sample = 0; sample < channels * frames; sample++) {
    file.writeInt16LE(speech[(start + sample) % speech.length]!, WAV_HEADER_BYTES + 2 * sample);
  }
  return file;
}
