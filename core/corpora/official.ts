import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseCsv } from './csv.js';

/** One recording as its corpus was published. */
export type OfficialRecording = {
  corpus: string;
  name: string;
  emotion: string;
  /** By the corpus's own code, without the corpus's name. */
  speaker: string;
  sizeBytes: number;
  sha256: string;
  sampleRate: number;
  channels: number;
  frames: number;
};

/**
 * All 12,162 recordings of the four corpora.
 *
 * The lists are not equally certain. Hashes of CREMA-D are the corpus's own (it publishes by Git LFS, whose object ids
 * they are). Those of RAVDESS were computed from a complete copy. Those of TESS come from a third party's LFS ids, and
 * 2,798 of the 2,800 were confirmed on audio. Those of SAVEE come from the same third party and no audio has confirmed
 * one; its names here are the ones of the four-corpus archive (`DC_a01.wav` for `DC/a01.wav`). Rates, channels and frames
 * are a public benchmark's and agree with the sizes.
 */
export async function officialRecordings(): Promise<OfficialRecording[]> {
  const packed = await readFile(new URL('./official.csv.gz', import.meta.url));
  const [header, ...rows] = parseCsv((await promisify(gunzip)(packed)).toString('utf8'));
  if (header === undefined) throw new Error('official.csv.gz is empty');
  const column = (name: string): number => header.indexOf(name);
  const [corpus, name, emotion, speaker, sha256] = ['corpus', 'name', 'emotion', 'speaker', 'sha256'].map(column);
  const [sizeBytes, sampleRate, channels, frames] = ['sizeBytes', 'sampleRate', 'channels', 'frames'].map(column);
  const text = (row: string[], index = -1): string => row[index] ?? '';
  return rows.map((row) => ({
    corpus: text(row, corpus),
    name: text(row, name),
    emotion: text(row, emotion),
    speaker: text(row, speaker),
    sha256: text(row, sha256),
    sizeBytes: Number(text(row, sizeBytes)),
    sampleRate: Number(text(row, sampleRate)),
    channels: Number(text(row, channels)),
    frames: Number(text(row, frames)),
  }));
}
