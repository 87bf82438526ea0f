import { VERSION } from '../contracts/names.js';
import { keyOf, sha256Of, type JsonObject, type KeyParts } from './keys.js';
import { loadManifest, manifestKey, readManifest, type Manifest, type ManifestOutput } from './manifest.js';
import type { ObjectStore } from './objectStore.js';

/** What a stage computes from what, and where its output lies: `<under>/<key>/`. */
export type StageSpec = KeyParts & {
  /** `catalogues`, `features/librosa195`, `models`. */
  under: string;
};

/** What a stage made: bytes by path, and a few numbers for the manifest. */
export type StageOutput = { files: ReadonlyMap<string, Uint8Array>; details?: JsonObject };

export type StageResult = { key: string; folder: string; reused: boolean; manifest: Manifest };

/** Key and folder of a stage, without looking at any store. */
export function locateStage(spec: StageSpec): { key: string; folder: string } {
  const key = keyOf(spec);
  return { key, folder: `${spec.under}/${key}` };
}

/**
 * Does a stage at most once. If the manifest of its key stands with all its outputs, they are reused; else `produce` makes
 * them, and they are written, the manifest last.
 *
 * Two that do the same at once end with one set of objects: outputs are never written over with other bytes, and of two
 * manifests the first stands; the other run gets it back. A damaged set is repaired by running its stage again.
 *
 * @param signal stops between computing and writing; what `produce` does about it is its own affair
 */
export async function runStage(
  store: ObjectStore,
  spec: StageSpec,
  produce: () => Promise<StageOutput>,
  signal?: AbortSignal,
): Promise<StageResult> {
  const { key, folder } = locateStage(spec);
  const standing = await readManifest(store, folder);
  if (standing) return { key, folder, reused: true, manifest: standing };

  signal?.throwIfAborted();
  const { files, details } = await produce();
  signal?.throwIfAborted();

  const damaged = await loadManifest(store, folder);
  const outputs = await Promise.all(
    [...files].map(([path, bytes]) => writeOutput(store, folder, path, bytes, damaged)),
  );
  const manifest: Manifest = {
    format: 1,
    stage: spec.stage,
    stageVersion: spec.version,
    key,
    inputs: spec.inputs,
    parameters: spec.parameters,
    outputs,
    ...(details && { details }),
    createdAt: new Date().toISOString(),
    producer: `ser ${VERSION}, node ${process.versions.node}, ${process.platform} ${process.arch}`,
  };
  return { key, folder, reused: false, manifest: await publish(store, folder, manifest) };
}

/**
 * Writes an output where nothing stands, or the very bytes that a standing manifest promises and that were damaged. Where
 * other bytes stand (another writer's, whose manifest may follow any moment), it goes beside them under its hash.
 */
async function writeOutput(
  store: ObjectStore,
  folder: string,
  path: string,
  bytes: Uint8Array,
  damaged: Manifest | undefined,
): Promise<ManifestOutput> {
  const key = `${folder}/${path}`;
  const output = { path, sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) };
  const promised = damaged?.outputs.find((candidate) => candidate.path === path && candidate.storedAs === undefined);
  if (promised?.sha256 === output.sha256) return { ...output, etag: (await store.put(key, bytes)).etag };

  const written = await store.putIf(key, bytes, { absent: true });
  if (written) return { ...output, etag: written.etag };

  const standing = await store.get(key);
  const info = await store.head(key);
  if (standing && info && sha256Of(standing) === output.sha256) return { ...output, etag: info.etag };

  const storedAs = `${output.sha256.slice(0, 16)}-${path}`;
  return { ...output, storedAs, etag: (await store.put(`${folder}/${storedAs}`, bytes)).etag };
}

/** Writes the manifest unless a sound one stands by now; returns the one that stands. */
async function publish(store: ObjectStore, folder: string, manifest: Manifest): Promise<Manifest> {
  const key = manifestKey(folder);
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  for (;;) {
    const damaged = await store.head(key);
    const standing = damaged && (await readManifest(store, folder));
    if (standing) return standing;
    if (await store.putIf(key, bytes, damaged ? { etag: damaged.etag } : { absent: true })) return manifest;
  }
}
