import { readFile } from 'node:fs/promises';
import { type Arena, createArena } from '../../core/audio/arena.js';
import type { DecodedAudio } from '../../core/audio/decodedAudio.js';
import { createRecordingLoader, type LoadOptions } from '../../core/audio/loadAudio.js';
import type { FeatureSet } from '../../core/contracts/features.js';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import { whyUnreadable } from '../../core/corpora/fileAccess.js';
import { featureSet } from '../../core/features/registry.js';
import { extractorOf } from './extractors.js';
import type { Job, JobContext } from './job.js';
import { atWorkbench } from './workbench.js';

export type ExtractFilesInput = { paths: string[]; features: string };
export type ExtractWindowsInput = ExtractFilesInput & { windows: Windows };

/** Spans of a recording that are looked at one by one; both in seconds. */
export type Windows = { length: number; hop: number };

/** Features of one span of a recording, or why it has none. */
export type WindowFeatures = { start: number; end: number; peak: number } & (
  { values: Float64Array } | { error: string }
);

export type RecordingFacts = { sampleRate: number; channels: number; durationSeconds: number };

/** Features of one file of this machine, or why it has none. */
export type FileFeatures =
  ({ path: string; peak: number; values: Float64Array } & RecordingFacts) | { path: string; error: string };

/** The same, span by span. */
export type FileWindows =
  ({ path: string; windows: WindowFeatures[] } & RecordingFacts) | { path: string; error: string };

/** Computes the features of files that lie on this machine; a bad one does not end it. */
export const extractFiles: Job<ExtractFilesInput, FileFeatures[]> = async ({ paths, features }, context) => {
  const set = featureSet(features);
  return atWorkbench(({ arena }) =>
    inTurn(paths, context, (path) => featuresOfRecording(path, () => readHere(path), set, arena)),
  );
};

/** Computes the features of every span of files that lie on this machine. */
export const extractWindows: Job<ExtractWindowsInput, FileWindows[]> = async (
  { paths, features, windows },
  context,
) => {
  const set = featureSet(features);
  return atWorkbench(({ arena }) =>
    inTurn(paths, context, (path) => windowsOfRecording(path, () => readHere(path), set, windows, { arena })),
  );
};

async function inTurn<Row>(
  paths: readonly string[],
  context: JobContext,
  work: (path: string) => Promise<Row>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const path of paths) {
    rows.push(await work(path));
    context.report(rows.length);
  }
  return rows;
}

/**
 * Features of the beginning of one recording. Whatever is wrong with it becomes a row with the error.
 *
 * @param arena what it is computed in; nothing else may use it meanwhile
 */
export function featuresOfRecording(
  path: string,
  read: () => Promise<Uint8Array>,
  set: FeatureSet,
  arena: Arena = createArena(),
): Promise<FileFeatures> {
  return orError(path, async () => {
    const { samples, facts } = await load(path, await read(), set, arena);
    return { path, ...facts, peak: peakOf(samples), values: extractorOf(set)(samples) };
  });
}

/**
 * Features of every span of a recording; the last one ends where the recording does.
 *
 * @param maxSeconds where it is taken to end, if it is longer
 * @param arena what it is computed in; nothing else may use it meanwhile
 */
export function windowsOfRecording(
  path: string,
  read: () => Promise<Uint8Array>,
  set: FeatureSet,
  windows: Windows,
  { maxSeconds, arena = createArena() }: { maxSeconds?: number; arena?: Arena } = {},
): Promise<FileWindows> {
  return orError(path, async () => {
    const { samples, facts } = await load(
      path,
      await read(),
      { sampleRate: set.sampleRate, ...(maxSeconds === undefined ? {} : { maxSeconds }) },
      arena,
    );
    const extract = extractorOf(set);
    const spans = spansOf(samples.length, windows.length * set.sampleRate, windows.hop * set.sampleRate);
    return {
      path,
      ...facts,
      windows: spans.map(([from, to]) => windowOf(samples.subarray(from, to), from, set, extract)),
    };
  });
}

function windowOf(
  samples: Float32Array,
  from: number,
  { sampleRate }: FeatureSet,
  extract: ReturnType<typeof extractorOf>,
): WindowFeatures {
  const span = { start: from / sampleRate, end: (from + samples.length) / sampleRate, peak: peakOf(samples) };
  try {
    return { ...span, values: extract(samples) };
  } catch (error) {
    return { ...span, error: wordsOf(error) };
  }
}

/** From and to in samples: every hop, until the end is covered. */
export function spansOf(count: number, length: number, hop: number): [from: number, to: number][] {
  const spans: [number, number][] = [];
  for (let index = 0; ; index++) {
    const from = Math.round(index * hop);
    const to = Math.min(count, Math.round(from + length));
    spans.push([from, to]);
    if (to >= count) return spans;
  }
}

async function readHere(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw new SerError('BadInput', whyUnreadable(error, path), path, '', { cause: error });
  });
}

async function orError<Row>(path: string, work: () => Promise<Row>): Promise<Row | { path: string; error: string }> {
  try {
    return await work();
  } catch (error) {
    return { path, error: wordsOf(error) };
  }
}

/** One line, whatever a system or a decoder says. */
function wordsOf(error: unknown): string {
  return (error instanceof SerError ? error.what : messageOf(error)).replace(/\s+/g, ' ');
}

async function load(
  path: string,
  bytes: Uint8Array,
  options: LoadOptions,
  arena: Arena,
): Promise<{ samples: Float32Array; facts: RecordingFacts }> {
  const { samples, audio } = await createRecordingLoader(options, arena)(bytes, path);
  refuseTruncated(audio, path);
  return { samples, facts: factsOf(audio) };
}

function refuseTruncated({ missingFrames, totalFrames }: DecodedAudio, path: string): void {
  if (missingFrames === 0) return;
  throw new SerError('BadInput', `is cut short: ${missingFrames} of ${totalFrames} frames are missing`, path);
}

function factsOf({ sampleRate, channels, totalFrames }: DecodedAudio): RecordingFacts {
  return { sampleRate, channels: channels.length, durationSeconds: totalFrames / sampleRate };
}

function peakOf(samples: Float32Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}
