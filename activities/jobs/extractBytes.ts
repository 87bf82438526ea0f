import { featureSet } from '../../core/features/registry.js';
import {
  type FileFeatures,
  featuresOfRecording,
  type FileWindows,
  type Windows,
  windowsOfRecording,
} from './extractFiles.js';
import type { Job } from './job.js';
import { atWorkbench } from './workbench.js';

export type ExtractBytesInput = {
  name: string;
  bytes: Uint8Array;
  features: string;
  /** Spans that are looked at one by one as well, up to so many seconds of the recording. */
  windows?: Windows & { maxSeconds: number };
};
export type ExtractBytesOutput = { whole: FileFeatures; windows?: FileWindows };

/** Computes the features of a recording that somebody sent, of its beginning and of its spans. */
export const extractBytes: Job<ExtractBytesInput, ExtractBytesOutput> = async ({ name, bytes, features, windows }) => {
  const set = featureSet(features);
  const read = () => Promise.resolve(bytes);
  return atWorkbench(async ({ arena }) => {
    const whole = await featuresOfRecording(name, read, set, arena);
    if (windows === undefined || 'error' in whole) return { whole };
    const { maxSeconds } = windows;
    return { whole, windows: await windowsOfRecording(name, read, set, windows, { maxSeconds, arena }) };
  });
};
