import { readFile } from 'node:fs/promises';
import { decodeAudio } from '../../core/audio/decodeAudio.js';
import type { DecodedAudio } from '../../core/audio/decodedAudio.js';
import { mixDown } from '../../core/audio/mixDown.js';
import { resample } from '../../core/audio/resample.js';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import { featureSet } from '../../core/features/registry.js';
import { extractorOf } from './extractors.js';
import type { Job } from './job.js';

export type ExtractFilesInput = { paths: string[]; features: string };

/** Features of one file of this machine, or why it has none. */
export type FileFeatures =
  | { path: string; sampleRate: number; channels: number; durationSeconds: number; peak: number; values: Float64Array }
  | { path: string; error: string };

/** Computes the features of files that lie on this machine; a bad one does not end it. */
export const extractFiles: Job<ExtractFilesInput, FileFeatures[]> = async ({ paths, features }, context) => {
  const set = featureSet(features);
  const extract = extractorOf(set);
  const rows: FileFeatures[] = [];
  for (const path of paths) {
    try {
      const audio = await decodeAudio(await readFile(path), path, { maxSeconds: set.maxSeconds });
      refuseTruncated(audio, path);
      const samples = resample(mixDown(audio.channels), audio.sampleRate, set.sampleRate);
      rows.push({ path, ...factsOf(audio, samples), values: extract(samples) });
    } catch (error) {
      rows.push({ path, error: error instanceof SerError ? error.what : messageOf(error) });
    }
    context.report(rows.length);
  }
  return rows;
};

function refuseTruncated({ missingFrames, totalFrames }: DecodedAudio, path: string): void {
  if (missingFrames === 0) return;
  throw new SerError('BadInput', `is cut short: ${missingFrames} of ${totalFrames} frames are missing`, path);
}

function factsOf({ sampleRate, channels, totalFrames }: DecodedAudio, samples: Float32Array) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return { sampleRate, channels: channels.length, durationSeconds: totalFrames / sampleRate, peak };
}
