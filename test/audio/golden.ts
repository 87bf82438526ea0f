import { readFileSync } from 'node:fs';

/** What tools/golden_audio.py writes; `values` are base64 of little-endian single precision. */
type Golden = {
  versions: Record<string, string>;
  resampled: { length: number; from: number; to: number; values: string }[];
  mixedDown: { channels: number; values: string }[];
  loaded: { length: number; rate: number; seconds: number; values: string };
  companding: { alaw: number[]; ulaw: number[] };
  fixtures: { file: string; sampleRate: number; frames: number; everyTwentieth: string[] }[];
};

export const golden = JSON.parse(readFileSync(new URL('../golden/audio.json', import.meta.url), 'utf8')) as Golden;

export function unpacked(values: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
  return new Float32Array(bytes.buffer);
}

export function fixture(file: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/audio/${file}`, import.meta.url));
}
