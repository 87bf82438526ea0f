import { SerError, messageOf } from '../contracts/errors.js';
import { sha256Of, type JsonObject } from './keys.js';
import type { ObjectStore } from './objectStore.js';

/** One object that a stage wrote. */
export type ManifestOutput = {
  /** The name readers use: `shard.parquet`. */
  path: string;
  /** The object's name in the folder, where it is not `path`: another writer's bytes stood there. */
  storedAs?: string;
  sizeBytes: number;
  sha256: string;
  /** The store's own checksum at the time of writing. */
  etag: string;
};

/** Written last, as `<folder>/manifest.json`: while it stands, everything it lists does. */
export type Manifest = {
  format: 1;
  stage: string;
  stageVersion: number;
  key: string;
  inputs: JsonObject;
  parameters: JsonObject;
  outputs: ManifestOutput[];
  /** What the stage says of its output in a few numbers. */
  details?: JsonObject;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Program and version, runtime, platform. */
  producer: string;
};

export function manifestKey(folder: string): string {
  return `${folder}/manifest.json`;
}

/** The store's key of one output. */
function outputKey(folder: string, output: ManifestOutput): string {
  return `${folder}/${output.storedAs ?? output.path}`;
}

/**
 * The manifest of a folder, if it stands and every output has its size and the store's own checksum; else undefined. An
 * output under another checksum of the same size is read and hashed before it is given up: a store may have been copied
 * from one kind to another.
 *
 * @throws SerError `Incompatible` for a manifest of a later format
 */
export async function readManifest(store: ObjectStore, folder: string): Promise<Manifest | undefined> {
  const manifest = await loadManifest(store, folder);
  if (manifest === undefined) return undefined;
  const standing = await Promise.all(manifest.outputs.map((output) => stands(store, folder, output)));
  return standing.every(Boolean) ? manifest : undefined;
}

async function stands(store: ObjectStore, folder: string, output: ManifestOutput): Promise<boolean> {
  const info = await store.head(outputKey(folder, output));
  if (info?.sizeBytes !== output.sizeBytes) return false;
  return info.etag === output.etag || (await problemOf(store, folder, output)) === undefined;
}

/** The manifest as it was written, its outputs unchecked; undefined when there is none, or none that can be read. */
export async function loadManifest(store: ObjectStore, folder: string): Promise<Manifest | undefined> {
  const bytes = await store.get(manifestKey(folder));
  return bytes && parseManifest(bytes, `${store.url}/${manifestKey(folder)}`);
}

function parseManifest(bytes: Uint8Array, subject: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('format' in value) || !('outputs' in value)) return undefined;
  if (value.format !== 1) {
    const what = `is of manifest format ${messageOf(value.format)}, this version reads format 1`;
    throw new SerError('Incompatible', what, subject, 'Use the version of the program that wrote it, or a later one.');
  }
  return Array.isArray(value.outputs) ? (value as Manifest) : undefined;
}

/** What is wrong with one output. */
export type OutputProblem = { path: string; problem: 'missing' | 'wrong size' | 'wrong content' };

/** Reads and hashes every output; the result is empty when all is well. */
export async function verifyManifest(store: ObjectStore, folder: string, manifest: Manifest): Promise<OutputProblem[]> {
  const problems: OutputProblem[] = [];
  for (const output of manifest.outputs) {
    const problem = await problemOf(store, folder, output);
    if (problem !== undefined) problems.push({ path: output.path, problem });
  }
  return problems;
}

async function problemOf(
  store: ObjectStore,
  folder: string,
  output: ManifestOutput,
): Promise<OutputProblem['problem'] | undefined> {
  const bytes = await store.get(outputKey(folder, output));
  if (bytes === undefined) return 'missing';
  if (bytes.byteLength !== output.sizeBytes) return 'wrong size';
  return sha256Of(bytes) === output.sha256 ? undefined : 'wrong content';
}

/**
 * The bytes of one output of a manifest, checked against its size and hash.
 *
 * @throws SerError `Incompatible` when the manifest lists no such output; `StoreUnavailable` when the object is missing
 *   or altered, since writing it anew mends it
 */
export async function readOutput(
  store: ObjectStore,
  folder: string,
  manifest: Manifest,
  path: string,
): Promise<Uint8Array> {
  const output = manifest.outputs.find((candidate) => candidate.path === path);
  if (output === undefined) {
    throw new SerError('Incompatible', `lists no output "${path}"`, `${store.url}/${manifestKey(folder)}`);
  }
  const key = outputKey(folder, output);
  const bytes = await store.get(key);
  if (bytes === undefined || bytes.byteLength !== output.sizeBytes || sha256Of(bytes) !== output.sha256) {
    const what = bytes === undefined ? 'is missing although its manifest stands' : 'is not what its manifest says';
    throw new SerError(
      'StoreUnavailable',
      what,
      `${store.url}/${key}`,
      'Run again: the stage that writes it is redone.',
    );
  }
  return bytes;
}
