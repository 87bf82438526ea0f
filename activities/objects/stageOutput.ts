import { SerError } from '../../core/contracts/errors.js';
import { loadManifest, type Manifest, readOutput } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';

/** One output of a finished stage, checked against its manifest. */
export async function readStageOutput(store: ObjectStore, folder: string, path: string): Promise<Uint8Array> {
  return readOutput(store, folder, await standingManifest(store, folder), path);
}

/**
 * The manifest of a stage that must be finished by now.
 *
 * @throws SerError `StoreUnavailable` when it does not stand: the object was removed behind the run's back
 */
export async function standingManifest(store: ObjectStore, folder: string): Promise<Manifest> {
  const manifest = await loadManifest(store, folder);
  if (manifest !== undefined) return manifest;
  throw new SerError(
    'StoreUnavailable',
    'the output of an earlier stage is not in the store any more',
    `${store.url}/${folder}`,
    'Run again: the stage that writes it is redone.',
  );
}

/** Parses a JSON output of this program's own writing. */
export function parseJson<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, null, 2) + '\n');
}
